// SPDX-License-Identifier: Apache-2.0
#include "crypto/request.h"

#include "gtest/gtest.h"
#include "openssl/ec.h"

#include "crypto/openssl.h"
#include "crypto/x509_names.h"

namespace seine::crypto {
namespace {

// A request as some other client might build it.
struct Recipe {
  const char* names = nullptr;  // in OpenSSL's configuration language
  const char* common_name = nullptr;
  const char* curve = "P-256";
};

Der build(const Recipe& recipe) {
  const KeyHandle key(EVP_EC_gen(recipe.curve));
  const RequestHandle request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), key.get());
  if (recipe.common_name != nullptr) {
    X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                               octets_of(recipe.common_name), -1, -1, 0);
  }
  if (recipe.names != nullptr) {
    const ExtensionStack extensions(sk_X509_EXTENSION_new_null());
    sk_X509_EXTENSION_push(
        extensions.get(),
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, recipe.names));
    X509_REQ_add_extensions(request.get(), extensions.get());
  }
  X509_REQ_sign(request.get(), key.get(), EVP_sha256());
  return encode_der<i2d_X509_REQ>(request.get());
}

std::string said(const Der& der) {
  const auto request = CertificateRequest::from_der(der);
  return request ? request->name().text() : request.error().message;
}

TEST(CertificateRequest, reads_what_we_build) {
  const PrivateKey key = PrivateKey::generate().value();
  for (const char* text : {"web.shop.local", "spiffe://root.local/shop/web"}) {
    const auto read =
        CertificateRequest::from_der(make_request(key, SubjectName::parse(text).value()).value());
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(read->name().text(), text);
    EXPECT_EQ(EVP_PKEY_eq(read->public_key(), key.handle()), 1);
  }
}

TEST(CertificateRequest, reads_what_other_clients_build) {
  EXPECT_EQ(said(build({.names = "DNS:web.local"})), "web.local");
  EXPECT_EQ(said(build({.names = "DNS:Web.local", .common_name = "web.LOCAL"})), "web.local");
  EXPECT_EQ(said(build({.names = "URI:spiffe://a/b"})), "spiffe://a/b");
}

TEST(CertificateRequest, wants_exactly_one_name) {
  EXPECT_EQ(said(build({})), "certificate request: no alternative name");
  for (const char* names : {"DNS:a.local,DNS:b.local", "DNS:a.local,IP:10.0.0.1", "IP:10.0.0.1",
                            "DNS:*.local", "email:a@b.c", "URI:https://a/b"}) {
    EXPECT_EQ(said(build({.names = names})),
              "certificate request: needs exactly one alternative name, DNS or SPIFFE")
        << names;
  }
  EXPECT_EQ(said(build({.names = "DNS:a.local", .common_name = "b.local"})),
            "certificate request: its common name is not its alternative name");
}

TEST(CertificateRequest, wants_a_p256_key) {
  EXPECT_EQ(said(build({.names = "DNS:a.local", .curve = "P-384"})),
            "certificate request: its key is not ECDSA P-256");
}

TEST(CertificateRequest, refuses_any_changed_octet_and_any_cut) {
  const Der whole = build({.names = "DNS:web.local"});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    Der changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(CertificateRequest::from_der(changed).has_value()) << i;
    EXPECT_FALSE(CertificateRequest::from_der(whole.substr(0, i)).has_value()) << i;
  }
  EXPECT_EQ(said(whole + "x"), "certificate request: octets after its end");
  EXPECT_EQ(said(Der(kMaxRequestDer + 1, 'x')),
            "certificate request: longer than the limit of 16384 bytes");
}

}  // namespace
}  // namespace seine::crypto
