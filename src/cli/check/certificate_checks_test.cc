// SPDX-License-Identifier: Apache-2.0
#include "cli/check/certificate_checks.h"

#include <gtest/gtest.h>

#include "crypto/testing/test_authority.h"

namespace seine::cli {
namespace {

using namespace std::chrono_literals;
using crypto::testing::TestAuthority;

constexpr WallTime kNow{std::chrono::seconds(1767225600)};

// Valid from 30 days before kNow for a year.
MeshAuthorities authorities(const TestAuthority& anchor, const TestAuthority& issuer) {
  return read_authorities(anchor.root().to_pem(), issuer.issuer().certificate().to_pem()).value();
}

TEST(CertificateChecks, find_nothing_where_all_is_well) {
  const TestAuthority authority(kNow);
  const MeshAuthorities read = authorities(authority, authority);
  EXPECT_TRUE(not_valid_now(read.anchors, kNow).empty());
  EXPECT_TRUE(ending_soon(read.anchors, kNow).empty());
  EXPECT_TRUE(check_issued_by_anchor(read));
}

TEST(CertificateChecks, tell_what_ended_and_what_has_not_begun) {
  const TestAuthority authority(kNow);
  const MeshAuthorities read = authorities(authority, authority);
  const auto late = not_valid_now(read.issuer, kNow + 24h * 400);
  ASSERT_EQ(late.size(), 1u);
  EXPECT_NE(late[0].find(" ended at 2026-"), std::string::npos) << late[0];
  const auto early = not_valid_now(read.issuer, kNow - 24h * 40);
  ASSERT_EQ(early.size(), 1u);
  EXPECT_NE(early[0].find(" begins at 2025-"), std::string::npos) << early[0];
}

TEST(CertificateChecks, warn_sixty_days_before_the_end_and_no_earlier) {
  const TestAuthority authority(kNow);
  const MeshAuthorities read = authorities(authority, authority);
  const WallTime end = read.issuer[0].not_after();
  EXPECT_TRUE(ending_soon(read.issuer, end - 24h * 60).empty());
  EXPECT_EQ(ending_soon(read.issuer, end - 24h * 60 + 1s).size(), 1u);
  EXPECT_EQ(ending_soon(read.issuer, end).size(), 1u);
  EXPECT_TRUE(ending_soon(read.issuer, end + 1s).empty()) << "that is another check's to say";
}

TEST(CertificateChecks, name_every_anchor_that_ends) {
  const TestAuthority one(kNow);
  const TestAuthority other(kNow);
  const MeshAuthorities read = read_authorities(one.root().to_pem() + other.root().to_pem(),
                                                one.issuer().certificate().to_pem())
                                   .value();
  EXPECT_EQ(not_valid_now(read.anchors, kNow + 24h * 400).size(), 2u);
}

TEST(CertificateChecks, refuse_an_issuer_that_no_anchor_signed) {
  const TestAuthority ours(kNow);
  const TestAuthority stranger(kNow);
  EXPECT_FALSE(check_issued_by_anchor(authorities(ours, stranger)));
}

TEST(CertificateChecks, refuse_what_is_no_pem) {
  const TestAuthority authority(kNow);
  EXPECT_FALSE(read_authorities("nothing", authority.issuer().certificate().to_pem()));
  EXPECT_FALSE(read_authorities(authority.root().to_pem(), ""));
}

}  // namespace
}  // namespace seine::cli
