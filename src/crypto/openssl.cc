// SPDX-License-Identifier: Apache-2.0
#include "crypto/openssl.h"

#include <time.h>

#include "openssl/err.h"
#include "openssl/ssl.h"

namespace seine::crypto {

void HandleFree::operator()(evp_pkey_st* key) const {
  EVP_PKEY_free(key);
}
void HandleFree::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}
void HandleFree::operator()(ssl_st* session) const {
  SSL_free(session);
}
void HandleFree::operator()(x509_st* certificate) const {
  X509_free(certificate);
}
void HandleFree::operator()(x509_store_st* store) const {
  X509_STORE_free(store);
}

void free_certificate_stack(STACK_OF(X509) * stack) {
  sk_X509_pop_free(stack, X509_free);
}
void free_extension_stack(STACK_OF(X509_EXTENSION) * stack) {
  sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
}

std::string take_openssl_reason() {
  const unsigned long code = ERR_get_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  std::string out = reason == nullptr ? "unknown reason" : reason;
  ERR_clear_error();
  return out;
}

std::unexpected<Error> fail_openssl(ErrorCode code, std::string_view what) {
  return fail(code, std::string(what) + ": " + take_openssl_reason());
}

Result<WallTime> to_wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidArgument, "certificate: a malformed time");
  }
  using std::chrono::seconds;
  const seconds since_epoch(timegm(&parts));
  if (since_epoch >= std::chrono::floor<seconds>(WallTime::max().time_since_epoch())) {
    return WallTime::max();
  }
  if (since_epoch <= std::chrono::ceil<seconds>(WallTime::min().time_since_epoch())) {
    return WallTime::min();
  }
  return WallTime(since_epoch);
}

std::time_t to_time_t(WallTime time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace seine::crypto
