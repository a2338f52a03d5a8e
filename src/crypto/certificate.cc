// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.h"

#include <algorithm>

#include "openssl/bio.h"
#include "openssl/err.h"

#include "crypto/openssl.h"
#include "crypto/pem.h"
#include "crypto/x509_names.h"

namespace seine::crypto {

Result<Certificate> Certificate::from_der(std::string_view der) {
  if (der.size() > kMaxCertificateDer) {
    return fail(ErrorCode::kInvalidArgument, "certificate: longer than the limit of 65536 bytes");
  }
  const unsigned char* at = octets_of(der);
  Certificate out;
  out.handle_.reset(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (out.handle_ == nullptr) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidArgument, "certificate: not a certificate in DER");
  }
  if (at != octets_of(der) + der.size()) {
    return fail(ErrorCode::kInvalidArgument, "certificate: octets after its end");
  }
  auto names = read_certificate_names(out.handle_.get());
  if (!names) return fail(std::move(names).error().with_context("certificate"));
  const auto not_before = to_wall_time(X509_get0_notBefore(out.handle_.get()));
  if (!not_before) return fail(not_before.error());
  const auto not_after = to_wall_time(X509_get0_notAfter(out.handle_.get()));
  if (!not_after) return fail(not_after.error());
  out.der_ = der;
  out.names_ = std::move(names->names);
  out.not_before_ = *not_before;
  out.not_after_ = *not_after;
  out.is_ca_ = X509_check_ca(out.handle_.get()) == 1;
  ERR_clear_error();
  return out;
}

Result<std::vector<Certificate>> Certificate::many_from_pem(std::string_view text,
                                                            std::string_view what) {
  auto blocks = parse_pem(text, what);
  if (!blocks) return fail(std::move(blocks).error());
  std::vector<Certificate> out;
  for (const PemBlock& block : *blocks) {
    const std::string where = std::string(what) + ": " + block.where();
    if (block.label.ends_with("PRIVATE KEY")) {
      return fail(ErrorCode::kInvalidConfig, where + ": a private key does not belong here");
    }
    if (block.label != "CERTIFICATE") continue;
    auto certificate = from_der(block.octets.view());
    if (!certificate) {
      certificate.error().code = ErrorCode::kInvalidConfig;
      return fail(std::move(certificate).error().with_context(where));
    }
    out.push_back(std::move(*certificate));
  }
  if (out.empty()) {
    return fail(ErrorCode::kInvalidConfig, std::string(what) + ": holds no certificate");
  }
  return out;
}

std::string Certificate::to_pem() const {
  return crypto::to_pem("CERTIFICATE", der_);
}

bool Certificate::vouches_for(const SubjectName& name) const {
  return std::ranges::find(names_, name) != names_.end();
}

std::string Certificate::subject() const {
  const Owned<BIO, BIO_free_all> out(BIO_new(BIO_s_mem()));
  if (out == nullptr) return {};
  X509_NAME_print_ex(out.get(), X509_get_subject_name(handle_.get()), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, size > 0 ? static_cast<std::size_t>(size) : 0);
}

bool Certificate::holds_key_of(const PrivateKey& key) const {
  const EVP_PKEY* mine = X509_get0_pubkey(handle_.get());
  return mine != nullptr && EVP_PKEY_eq(mine, key.handle()) == 1;
}

}  // namespace seine::crypto
