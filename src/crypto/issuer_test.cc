// SPDX-License-Identifier: Apache-2.0
#include "crypto/issuer.h"

#include "gtest/gtest.h"

#include "crypto/openssl.h"
#include "crypto/testing/test_authority.h"

namespace seine::crypto {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::Leaf;
using testing::TestAuthority;

class IssuerTest : public ::testing::Test {
 protected:
  ManualClock clock_;
  WallTime now_ = clock_.wall_now();
  TestAuthority authority_{now_};
};

TEST_F(IssuerTest, makes_a_root_and_an_issuer_with_keys_of_their_own) {
  const Certificate& root = authority_.root();
  const Certificate& issuer = authority_.issuer().certificate();
  EXPECT_TRUE(root.is_ca());
  EXPECT_TRUE(issuer.is_ca());
  EXPECT_EQ(root.subject(), "CN=root.linkerd.cluster.local");
  EXPECT_EQ(issuer.subject(), "CN=identity.linkerd.cluster.local");
  EXPECT_TRUE(root.holds_key_of(authority_.root_key()));
  EXPECT_FALSE(issuer.holds_key_of(authority_.root_key()));
  EXPECT_EQ(X509_get_pathlen(issuer.handle()), 0);
}

TEST_F(IssuerTest, issues_leaves_of_a_day_with_room_for_skewed_clocks) {
  const Leaf leaf = authority_.issue("web.shop.local");
  EXPECT_EQ(leaf.certificate.not_before(), now_ - seconds(20));
  EXPECT_EQ(leaf.certificate.not_after(), now_ + hours(24) + seconds(20));
  EXPECT_FALSE(leaf.certificate.is_ca());
  EXPECT_EQ(leaf.certificate.names(), std::vector{leaf.name});
  EXPECT_TRUE(leaf.certificate.holds_key_of(leaf.key));
  EXPECT_EQ(leaf.certificate.subject(), "");
  EXPECT_EQ(X509_get_extended_key_usage(leaf.certificate.handle()),
            static_cast<std::uint32_t>(XKU_SSL_SERVER | XKU_SSL_CLIENT));
  EXPECT_EQ(X509_get_key_usage(leaf.certificate.handle()),
            static_cast<std::uint32_t>(KU_DIGITAL_SIGNATURE));
}

TEST_F(IssuerTest, issues_spiffe_leaves) {
  const Leaf leaf = authority_.issue("spiffe://root.linkerd.cluster.local/shop/web");
  EXPECT_EQ(leaf.certificate.names(), std::vector{leaf.name});
}

TEST_F(IssuerTest, never_repeats_a_serial_number) {
  const Leaf a = authority_.issue("web.local");
  const Leaf b = authority_.issue("web.local");
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(a.certificate.handle()),
                             X509_get0_serialNumber(b.certificate.handle())),
            0);
}

TEST_F(IssuerTest, lets_no_leaf_outlive_the_issuer) {
  const WallTime end = authority_.issuer().certificate().not_after();
  const Leaf leaf = authority_.issue("web.local", end - hours(1), hours(24));
  EXPECT_EQ(leaf.certificate.not_after(), end);
}

TEST_F(IssuerTest, issues_nothing_outside_its_own_validity) {
  const PrivateKey key = PrivateKey::generate().value();
  const SubjectName name = SubjectName::parse("web.local").value();
  const auto request = CertificateRequest::from_der(make_request(key, name).value());
  const Certificate& issuer = authority_.issuer().certificate();
  for (const WallTime at : {issuer.not_before() - seconds(1), issuer.not_after() + seconds(1)}) {
    const auto leaf = authority_.issuer().issue_leaf(request.value(), name, at);
    ASSERT_FALSE(leaf.has_value());
    EXPECT_EQ(leaf.error().code, ErrorCode::kUnavailable);
  }
}

TEST_F(IssuerTest, issues_only_the_name_that_was_asked_for) {
  const PrivateKey key = PrivateKey::generate().value();
  const auto request = CertificateRequest::from_der(
      make_request(key, SubjectName::parse("a.local").value()).value());
  const auto leaf =
      authority_.issuer().issue_leaf(request.value(), SubjectName::parse("b.local").value(), now_);
  ASSERT_FALSE(leaf.has_value());
  EXPECT_EQ(leaf.error().message, "certificate request: asks for a.local, not b.local");
}

TEST_F(IssuerTest, needs_an_authority_certificate_and_its_key) {
  Leaf leaf = authority_.issue("web.local");
  const auto no_ca = Issuer::create(std::move(leaf.certificate), std::move(leaf.key));
  EXPECT_EQ(no_ca.error().message, "issuer: its certificate is not an authority's");
  const auto other_key = Issuer::create(Certificate::from_der(authority_.root().der()).value(),
                                        PrivateKey::generate().value());
  EXPECT_EQ(other_key.error().message, "issuer: the private key is not its certificate's");
}

TEST_F(IssuerTest, refuses_common_names_that_do_not_fit) {
  const PrivateKey key = PrivateKey::generate().value();
  for (const std::string& name : {std::string(), std::string(65, 'a')}) {
    EXPECT_FALSE(make_root(key, {.common_name = name, .at = now_, .lifetime = hours(1)}));
  }
}

}  // namespace
}  // namespace seine::crypto
