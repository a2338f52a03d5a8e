// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.h"

#include "gtest/gtest.h"

#include "crypto/openssl.h"
#include "crypto/testing/test_authority.h"
#include "crypto/x509_names.h"

namespace seine::crypto {
namespace {

// A self-signed certificate with alternative names of any octets, of any kinds.
struct RawName {
  int kind;
  std::string_view octets;
};

Der build(const std::vector<RawName>& raw, const char* not_after = "20270101000000Z") {
  const PrivateKey key = PrivateKey::generate().value();
  const X509Handle certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), "20250101000000Z");
  ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), not_after);
  X509_set_pubkey(certificate.get(), key.handle());
  const GeneralNames names(GENERAL_NAMES_new());
  for (const RawName& name : raw) {
    GENERAL_NAME* general = GENERAL_NAME_new();
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, name.octets.data(), static_cast<int>(name.octets.size()));
    GENERAL_NAME_set0_value(general, name.kind, text);
    sk_GENERAL_NAME_push(names.get(), general);
  }
  if (!raw.empty()) {
    X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT);
  }
  X509_sign(certificate.get(), key.handle(), EVP_sha256());
  return encode_der<i2d_X509>(certificate.get());
}

TEST(Certificate, keeps_dns_and_spiffe_names_in_their_order) {
  const auto certificate = Certificate::from_der(build({{GEN_URI, "spiffe://Root.local/Web"},
                                                        {GEN_EMAIL, "a@b.c"},
                                                        {GEN_DNS, "*.wild.local"},
                                                        {GEN_URI, "https://elsewhere"},
                                                        {GEN_DNS, "Web.Local"}}));
  ASSERT_TRUE(certificate.has_value()) << certificate.error().message;
  ASSERT_EQ(certificate->names().size(), 2U);
  EXPECT_EQ(certificate->names()[0].text(), "spiffe://root.local/Web");
  EXPECT_EQ(certificate->names()[1].text(), "web.local");
  EXPECT_TRUE(certificate->vouches_for(SubjectName::parse("WEB.local").value()));
  EXPECT_FALSE(certificate->vouches_for(SubjectName::parse("a.wild.local").value()));
  EXPECT_FALSE(certificate->vouches_for(SubjectName::parse("spiffe://root.local/web").value()));
}

TEST(Certificate, may_have_no_names) {
  EXPECT_TRUE(Certificate::from_der(build({}))->names().empty());
}

TEST(Certificate, refuses_a_nul_inside_a_name) {
  for (const RawName name : {RawName{GEN_DNS, std::string_view("web.local\0.evil", 15)},
                             RawName{GEN_URI, std::string_view("spiffe://a/b\0", 13)}}) {
    const auto certificate = Certificate::from_der(build({{GEN_DNS, "fine.local"}, name}));
    ASSERT_FALSE(certificate.has_value());
    EXPECT_EQ(certificate.error().message, "certificate: an alternative name with a NUL inside");
  }
}

TEST(Certificate, limits_its_names_and_its_size) {
  std::vector<RawName> names(kMaxAlternativeNames, {GEN_DNS, "a.local"});
  EXPECT_TRUE(Certificate::from_der(build(names)).has_value());
  names.push_back({GEN_DNS, "b.local"});
  EXPECT_FALSE(Certificate::from_der(build(names)).has_value());
  EXPECT_EQ(Certificate::from_der(Der(kMaxCertificateDer + 1, '0')).error().message,
            "certificate: longer than the limit of 65536 bytes");
}

TEST(Certificate, reads_its_validity_even_beyond_our_range_of_time) {
  using std::chrono::seconds;
  const auto usual = Certificate::from_der(build({}));
  EXPECT_EQ(usual->not_before(), WallTime(seconds(1735689600)));
  EXPECT_EQ(usual->not_after(), WallTime(seconds(1798761600)));
  EXPECT_EQ(Certificate::from_der(build({}, "99991231235959Z"))->not_after(), WallTime::max());
}

TEST(Certificate, refuses_cuts_and_octets_left_over) {
  const Der der = build({{GEN_DNS, "web.local"}});
  EXPECT_TRUE(Certificate::from_der(der).has_value());
  for (std::size_t i = 0; i < der.size(); ++i) {
    EXPECT_FALSE(Certificate::from_der(der.substr(0, i)).has_value()) << i;
  }
  EXPECT_EQ(Certificate::from_der(der + "x").error().message, "certificate: octets after its end");
}

TEST(Certificate, comes_back_from_pem) {
  const auto certificate = Certificate::from_der(build({{GEN_DNS, "web.local"}}));
  const auto back = Certificate::many_from_pem(certificate->to_pem() + certificate->to_pem(), "x");
  ASSERT_EQ(back->size(), 2U);
  EXPECT_EQ(back->front().der(), certificate->der());
}

}  // namespace
}  // namespace seine::crypto
