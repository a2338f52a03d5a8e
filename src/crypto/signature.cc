// SPDX-License-Identifier: Apache-2.0
#include "crypto/signature.h"

#include <utility>

#include "openssl/err.h"
#include "openssl/evp.h"
#include "openssl/x509.h"

#include "base/check.h"
#include "crypto/openssl.h"
#include "crypto/x509_names.h"

namespace seine::crypto {
namespace {

using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;

}  // namespace

std::string public_key_der(const PrivateKey& key) {
  std::string der = encode_der<i2d_PUBKEY>(key.handle());
  SEINE_CHECK(!der.empty(), "a P-256 key always has a public half");
  return der;
}

Result<std::string> sign(const PrivateKey& key, std::string_view octets) {
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  if (context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.handle()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, octets_of(octets), octets.size()) != 1) {
    return fail_openssl(ErrorCode::kInternal, "signing");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     octets_of(octets), octets.size()) != 1) {
    return fail_openssl(ErrorCode::kInternal, "signing");
  }
  signature.resize(size);
  return signature;
}

Result<PublicKey> PublicKey::from_der(std::string_view der) {
  if (der.size() > kMaxPublicKeyDer) {
    return fail(ErrorCode::kInvalidArgument, "the public key is over 512 octets");
  }
  const unsigned char* at = octets_of(der);
  KeyHandle key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr || at != octets_of(der) + der.size() || !is_p256(key.get())) {
    ERR_clear_error();
    return fail(ErrorCode::kInvalidArgument, "the public key is no P-256 key in DER");
  }
  return PublicKey(std::move(key));
}

bool PublicKey::verify(std::string_view octets, std::string_view signature) const {
  const DigestContext context(EVP_MD_CTX_new());
  const bool is_right =
      context != nullptr &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, handle_.get()) == 1 &&
      EVP_DigestVerify(context.get(), octets_of(signature), signature.size(), octets_of(octets),
                       octets.size()) == 1;
  ERR_clear_error();
  return is_right;
}

}  // namespace seine::crypto
