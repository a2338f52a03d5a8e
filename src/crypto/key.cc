// SPDX-License-Identifier: Apache-2.0
#include "crypto/key.h"

#include <optional>

#include "openssl/crypto.h"
#include "openssl/ec.h"
#include "openssl/err.h"

#include "base/check.h"
#include "crypto/openssl.h"
#include "crypto/pem.h"
#include "crypto/x509_names.h"

namespace seine::crypto {
namespace {

constexpr std::size_t kMaxKeyDer = 4096;

using Pkcs8 = Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;

KeyHandle read_pkcs8(std::string_view der) {
  const unsigned char* at = octets_of(der);
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  if (info == nullptr || at != octets_of(der) + der.size()) return nullptr;
  return KeyHandle(EVP_PKCS82PKEY(info.get()));
}

KeyHandle read_sec1(std::string_view der) {
  const unsigned char* at = octets_of(der);
  return KeyHandle(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(der.size())));
}

}  // namespace

Result<PrivateKey> PrivateKey::generate() {
  KeyHandle key(EVP_EC_gen("P-256"));
  if (key == nullptr) return fail_openssl(ErrorCode::kInternal, "generating a private key");
  return PrivateKey(std::move(key));
}

Result<PrivateKey> PrivateKey::checked(KeyHandle handle) {
  if (handle == nullptr) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidConfig, "private key: not a key in DER");
  }
  if (!is_p256(handle.get())) {
    return fail(ErrorCode::kInvalidConfig, "private key: not an ECDSA P-256 key");
  }
  const KeyContext context(EVP_PKEY_CTX_new(handle.get(), nullptr));
  if (context == nullptr || EVP_PKEY_pairwise_check(context.get()) != 1) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidConfig, "private key: its two halves do not belong together");
  }
  return PrivateKey(std::move(handle));
}

Result<PrivateKey> PrivateKey::from_pkcs8_der(std::string_view der) {
  if (der.size() > kMaxKeyDer) {
    return fail(ErrorCode::kInvalidConfig, "private key: longer than the limit of 4096 bytes");
  }
  return checked(read_pkcs8(der));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view text, std::string_view what) {
  auto blocks = parse_pem(text, what);
  if (!blocks) return fail(std::move(blocks).error());
  std::optional<PrivateKey> found;
  for (const PemBlock& block : *blocks) {
    const bool sec1 = block.label == "EC PRIVATE KEY";
    if (!block.label.ends_with("PRIVATE KEY")) continue;
    const std::string where = std::string(what) + ": " + block.where();
    if (!sec1 && block.label != "PRIVATE KEY") {
      return fail(ErrorCode::kInvalidConfig,
                  where + ": " + block.label + " is not supported; use PKCS#8, unencrypted");
    }
    if (found) return fail(ErrorCode::kInvalidConfig, where + ": a second private key");
    const std::string_view der = block.octets.view();
    auto key = sec1 ? checked(read_sec1(der)) : from_pkcs8_der(der);
    if (!key) return fail(std::move(key).error().with_context(where));
    found = std::move(*key);
  }
  if (!found) {
    return fail(ErrorCode::kInvalidConfig, std::string(what) + ": holds no private key");
  }
  return std::move(*found);
}

Secret PrivateKey::to_pkcs8_der() const {
  const Pkcs8 info(EVP_PKEY2PKCS8(handle_.get()));
  SEINE_CHECK(info != nullptr, "a P-256 key always has a PKCS#8 form");
  std::string der = encode_der<i2d_PKCS8_PRIV_KEY_INFO>(info.get());
  Secret secret(der);
  OPENSSL_cleanse(der.data(), der.size());
  return secret;
}

Secret PrivateKey::to_pkcs8_pem() const {
  std::string pem = to_pem("PRIVATE KEY", to_pkcs8_der().view());
  Secret secret(pem);
  OPENSSL_cleanse(pem.data(), pem.size());
  return secret;
}

PrivateKey PrivateKey::share() const {
  EVP_PKEY_up_ref(handle_.get());
  return PrivateKey(KeyHandle(handle_.get()));
}

bool PrivateKey::same_public_key(const PrivateKey& other) const {
  return EVP_PKEY_eq(handle_.get(), other.handle_.get()) == 1;
}

}  // namespace seine::crypto
