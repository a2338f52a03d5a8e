// SPDX-License-Identifier: Apache-2.0
#include "crypto/trust_anchors.h"

#include <chrono>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "crypto/testing/test_authority.h"

namespace seine::crypto {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::Leaf;
using testing::TestAuthority;

constexpr char kName[] = "web.shop.serviceaccount.identity.linkerd.cluster.local";

class TrustAnchorsTest : public ::testing::Test {
 protected:
  std::vector<Certificate> chain() const {
    std::vector<Certificate> out;
    out.push_back(Certificate::from_der(authority_.issuer().certificate().der()).value());
    return out;
  }
  std::string verify(const TrustAnchors& anchors, const Leaf& leaf, WallTime at) const {
    const auto intermediates = chain();
    const auto result = anchors.verify(leaf.certificate, intermediates, at, Purpose::kServer);
    return result ? "ok" : result.error().message;
  }

  ManualClock clock_;
  WallTime now_ = clock_.wall_now();
  TestAuthority authority_{now_};
  TestAuthority stranger_{now_};
};

TEST_F(TrustAnchorsTest, are_equal_however_their_text_is_written) {
  const std::string a = authority_.root().to_pem();
  const std::string b = stranger_.root().to_pem();
  const TrustAnchors both = TrustAnchors::from_pem(a + b).value();
  EXPECT_EQ(both.ders().size(), 2U);
  EXPECT_EQ(TrustAnchors::from_pem(b + a).value(), both);
  EXPECT_EQ(TrustAnchors::from_pem(a + "# ours\r\n" + b.substr(0, b.size() - 1)).value(), both);
  EXPECT_EQ(TrustAnchors::from_pem(a + b + a + a).value(), both);
  EXPECT_EQ(TrustAnchors::from_pem(both.to_pem()).value(), both);
  EXPECT_NE(TrustAnchors::from_pem(a).value(), both);
  TrustAnchors grown = authority_.anchors();
  grown.add(stranger_.anchors());
  EXPECT_EQ(grown, both);
}

TEST_F(TrustAnchorsTest, refuse_a_text_that_holds_no_certificate_or_a_bad_one) {
  EXPECT_EQ(TrustAnchors::from_pem("").error().message, "trust anchors: holds no certificate");
  EXPECT_EQ(TrustAnchors::from_pem("").error().code, ErrorCode::kInvalidConfig);
  const auto bad =
      TrustAnchors::from_pem(authority_.root().to_pem() +
                             "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_THAT(bad.error().message,
              ::testing::MatchesRegex("trust anchors: block 2 at line [0-9]+: "
                                      "certificate: not a certificate in DER"));
  EXPECT_EQ(bad.error().code, ErrorCode::kInvalidConfig);
}

TEST_F(TrustAnchorsTest, refuse_a_private_key_without_printing_it) {
  const Secret key = authority_.root_key().to_pkcs8_pem();
  const auto bad = TrustAnchors::from_pem(authority_.root().to_pem() + std::string(key.view()));
  ASSERT_FALSE(bad.has_value());
  EXPECT_THAT(bad.error().message, ::testing::HasSubstr("a private key does not belong here"));
  EXPECT_EQ(bad.error().message.find(key.view().substr(30, 20)), std::string::npos);
}

TEST_F(TrustAnchorsTest, verify_a_leaf_through_its_issuer) {
  EXPECT_EQ(verify(authority_.anchors(), authority_.issue(kName), now_), "ok");
}

TEST_F(TrustAnchorsTest, refuse_a_leaf_of_another_authority) {
  EXPECT_NE(verify(stranger_.anchors(), authority_.issue(kName), now_), "ok");
}

TEST_F(TrustAnchorsTest, take_the_issuer_itself_as_an_anchor) {
  const TrustAnchors issuer = TrustAnchors::from(authority_.issuer().certificate());
  const Leaf leaf = authority_.issue(kName);
  EXPECT_TRUE(issuer.verify(leaf.certificate, {}, now_, Purpose::kClient).has_value());
  EXPECT_FALSE(authority_.anchors().verify(leaf.certificate, {}, now_, Purpose::kClient));
}

TEST_F(TrustAnchorsTest, judge_validity_at_the_given_time) {
  const Leaf leaf = authority_.issue(kName);
  EXPECT_EQ(verify(authority_.anchors(), leaf, now_ - seconds(19)), "ok");
  EXPECT_EQ(verify(authority_.anchors(), leaf, now_ - seconds(21)), "certificate is not yet valid");
  EXPECT_EQ(verify(authority_.anchors(), leaf, now_ + hours(24) + seconds(19)), "ok");
  EXPECT_EQ(verify(authority_.anchors(), leaf, now_ + hours(24) + seconds(21)),
            "certificate has expired");
}

}  // namespace
}  // namespace seine::crypto
