// SPDX-License-Identifier: Apache-2.0
#include "crypto/key.h"

#include "gtest/gtest.h"
#include "openssl/ec.h"
#include "openssl/evp.h"

#include "crypto/openssl.h"
#include "crypto/pem.h"

namespace seine::crypto {
namespace {

std::string pem_of(EVP_PKEY* key, std::string_view label) {
  return to_pem(label, encode_der<i2d_PrivateKey>(key));
}

TEST(PrivateKey, survives_the_way_through_der_and_pem) {
  const PrivateKey key = PrivateKey::generate().value();
  EXPECT_TRUE(PrivateKey::from_pkcs8_der(key.to_pkcs8_der().view())->same_public_key(key));
  EXPECT_TRUE(PrivateKey::from_pem(key.to_pkcs8_pem().view(), "key")->same_public_key(key));
  EXPECT_FALSE(PrivateKey::generate()->same_public_key(key));
}

TEST(PrivateKey, reads_the_older_ec_form_beside_its_parameters) {
  const PrivateKey key = PrivateKey::generate().value();
  const std::string pem = to_pem("EC PARAMETERS", "x") + pem_of(key.handle(), "EC PRIVATE KEY");
  EXPECT_TRUE(PrivateKey::from_pem(pem, "issuer key")->same_public_key(key));
}

TEST(PrivateKey, refuses_other_curves_and_kinds) {
  for (EVP_PKEY* other : {EVP_EC_gen("P-384"), EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}) {
    const KeyHandle handle(other);
    const Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> info(EVP_PKEY2PKCS8(other));
    const auto key = PrivateKey::from_pkcs8_der(encode_der<i2d_PKCS8_PRIV_KEY_INFO>(info.get()));
    ASSERT_FALSE(key.has_value());
    EXPECT_EQ(key.error().code, ErrorCode::kInvalidConfig);
    EXPECT_EQ(key.error().message, "private key: not an ECDSA P-256 key");
  }
}

TEST(PrivateKey, refuses_garbage_and_octets_left_over) {
  const PrivateKey key = PrivateKey::generate().value();
  const std::string der(key.to_pkcs8_der().view());
  EXPECT_FALSE(PrivateKey::from_pkcs8_der("").has_value());
  EXPECT_FALSE(PrivateKey::from_pkcs8_der(der + "x").has_value());
  EXPECT_FALSE(PrivateKey::from_pkcs8_der(der.substr(0, der.size() - 1)).has_value());
  EXPECT_FALSE(PrivateKey::from_pkcs8_der(std::string(5000, 'x')).has_value());
}

TEST(PrivateKey, wants_exactly_one_unencrypted_key_in_pem) {
  const PrivateKey key = PrivateKey::generate().value();
  const std::string pem(key.to_pkcs8_pem().view());
  EXPECT_EQ(PrivateKey::from_pem("hello", "issuer key").error().message,
            "issuer key: holds no private key");
  EXPECT_EQ(PrivateKey::from_pem(pem + pem, "issuer key").error().message,
            "issuer key: block 2 at line 6: a second private key");
  EXPECT_EQ(
      PrivateKey::from_pem(to_pem("ENCRYPTED PRIVATE KEY", "x"), "k").error().message,
      "k: block 1 at line 1: ENCRYPTED PRIVATE KEY is not supported; use PKCS#8, unencrypted");
  EXPECT_EQ(PrivateKey::from_pem(to_pem("PRIVATE KEY", "x"), "k").error().message,
            "k: block 1 at line 1: private key: not a key in DER");
}

TEST(PrivateKey, is_shared_not_copied) {
  PrivateKey key = PrivateKey::generate().value();
  const PrivateKey other = key.share();
  EXPECT_EQ(other.handle(), key.handle());
  key = PrivateKey::generate().value();
  EXPECT_FALSE(other.same_public_key(key));
}

}  // namespace
}  // namespace seine::crypto
