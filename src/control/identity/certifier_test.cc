// SPDX-License-Identifier: Apache-2.0
#include "control/identity/certifier.h"

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "control/testing/shop.h"
#include "crypto/key.h"
#include "crypto/request.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr char kWeb[] = "web-sa.shop.serviceaccount.identity.linkerd.cluster.local";
constexpr char kDb[] = "db.shop.serviceaccount.identity.linkerd.cluster.local";

class CertifierTest : public ::testing::Test {
 protected:
  crypto::Der csr(std::string_view name) const {
    return crypto::make_request(key_, crypto::SubjectName::parse_dns(name).value()).value();
  }
  Result<Certified> certify(CertifyRequest request) {
    return t_.run(certifier_.certify(std::move(request)));
  }
  ErrorCode refusal(CertifyRequest request) {
    const auto certified = certify(std::move(request));
    EXPECT_FALSE(certified);
    return certified ? ErrorCode::kInternal : certified.error().code;
  }

  runtime::testing::TestLoop t_;
  const TemporaryFolder temporary_ = TemporaryFolder::make("certifier").value();
  const std::string& folder_ = temporary_.path();
  const MeshNames names_;
  const Log log_{t_.clock, 2, LogLevel::kOff, LogFormat::kPlain};
  const Authority authority_ = Authority::open(folder_, names_, t_.clock.wall_now(), log_).value();
  testing::FakeSource source_;
  RegistryTokenReview tokens_{source_};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  Certifier certifier_{t_.clock, names_, authority_, tokens_, hours(24)};
};

TEST_F(CertifierTest, issues_a_leaf_that_chains_to_the_anchors) {
  const auto certified = certify({.identity = kWeb, .token = "web-token\n", .csr = csr(kWeb)});
  ASSERT_TRUE(certified) << certified.error().message;
  const auto leaf = crypto::Certificate::from_der(certified->leaf).value();
  EXPECT_TRUE(leaf.vouches_for(crypto::SubjectName::parse_dns(kWeb).value()));
  EXPECT_TRUE(leaf.holds_key_of(key_));
  EXPECT_EQ(leaf.not_before(), t_.clock.wall_now() - seconds(20));
  EXPECT_EQ(leaf.not_after(), t_.clock.wall_now() + hours(24) + seconds(20));
  EXPECT_EQ(certified->valid_until, leaf.not_after());
  ASSERT_EQ(certified->intermediates.size(), 1u);
  std::vector<crypto::Certificate> chain;
  chain.push_back(crypto::Certificate::from_der(certified->intermediates[0]).value());
  for (const auto purpose : {crypto::Purpose::kServer, crypto::Purpose::kClient}) {
    EXPECT_TRUE(authority_.anchors().verify(leaf, chain, t_.clock.wall_now(), purpose));
  }
}

TEST_F(CertifierTest, refuses_a_token_of_another_service_account) {
  EXPECT_EQ(refusal({.identity = kWeb, .token = "db-token", .csr = csr(kWeb)}),
            ErrorCode::kUnauthorized);
  EXPECT_TRUE(certify({.identity = kDb, .token = "db-token", .csr = csr(kDb)}));
}

TEST_F(CertifierTest, refuses_an_unknown_token) {
  EXPECT_EQ(refusal({.identity = kWeb, .token = "web-toke", .csr = csr(kWeb)}),
            ErrorCode::kUnauthorized);
}

TEST_F(CertifierTest, refuses_a_request_for_another_name) {
  EXPECT_EQ(refusal({.identity = kWeb, .token = "web-token", .csr = csr(kDb)}),
            ErrorCode::kInvalidArgument);
}

TEST_F(CertifierTest, refuses_missing_and_malformed_fields) {
  const std::string good = csr(kWeb);
  const CertifyRequest bad[] = {
      {.token = "web-token", .csr = good},
      {.identity = kWeb, .csr = good},
      {.identity = kWeb, .token = "web-token"},
      {.identity = std::string(254, 'a'), .token = "web-token", .csr = good},
      {.identity = "not a name", .token = "web-token", .csr = good},
      {.identity = kWeb, .token = "web-token", .csr = "-----BEGIN"},
      {.identity = kWeb, .token = std::string(70'000, 'x'), .csr = good}};
  for (const CertifyRequest& request : bad) {
    EXPECT_EQ(refusal(request), ErrorCode::kInvalidArgument);
  }
}

TEST_F(CertifierTest, follows_tokens_as_the_source_changes) {
  source_.replace(R"({"workloads": []})");
  EXPECT_EQ(refusal({.identity = kWeb, .token = "web-token", .csr = csr(kWeb)}),
            ErrorCode::kUnauthorized);
}

TEST_F(CertifierTest, says_that_it_is_unavailable_once_the_issuer_has_expired) {
  t_.clock.jump_wall(hours(24 * 366));
  EXPECT_EQ(refusal({.identity = kWeb, .token = "web-token", .csr = csr(kWeb)}),
            ErrorCode::kUnavailable);
}

TEST_F(CertifierTest, certifies_the_control_plane_itself_without_a_token) {
  const auto name = crypto::SubjectName::parse_dns(
      names_.identity("linkerd", "linkerd-destination").value().text());
  ASSERT_TRUE(name);
  const auto certified = certifier_.certify_own(*name, csr(name->text()));
  ASSERT_TRUE(certified) << certified.error().message;
}

}  // namespace
}  // namespace seine::control
