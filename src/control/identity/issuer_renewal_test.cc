// SPDX-License-Identifier: Apache-2.0
#include "control/identity/issuer_renewal.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "control/identity/certifier.h"
#include "control/testing/shop.h"
#include "crypto/key.h"
#include "crypto/request.h"
#include "metrics/registry.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr char kName[] = "web-sa.shop.serviceaccount.identity.linkerd.cluster.local";

class IssuerRenewalTest : public ::testing::Test {
 protected:
  // The clock jumps, and the renewal has had its look at it.
  void pass(Duration time) {
    t_.clock.jump_wall(time);
    t_.advance(minutes(11), minutes(1));
  }
  crypto::Der issuer() const { return authority_.issuer().certificate().der(); }
  Certified certify() const {
    const auto name = crypto::SubjectName::parse_dns(kName).value();
    return certifier_.certify_own(name, crypto::make_request(key_, name).value()).value();
  }
  bool is_trusted(const Certified& certified) const {
    std::vector<crypto::Certificate> chain;
    chain.push_back(crypto::Certificate::from_der(certified.intermediates.at(0)).value());
    const auto leaf = crypto::Certificate::from_der(certified.leaf).value();
    return authority_.anchors()
        .verify(leaf, chain, t_.clock.wall_now(), crypto::Purpose::kServer)
        .has_value();
  }

  runtime::testing::TestLoop t_;
  const TemporaryFolder temporary_ = TemporaryFolder::make("renewal").value();
  const std::string& folder_ = temporary_.path();
  const MeshNames names_;
  const Log log_{t_.clock, 2, LogLevel::kOff, LogFormat::kPlain};
  Authority authority_ = Authority::open(folder_, names_, t_.clock.wall_now(), log_).value();
  const crypto::Der first_ = issuer();
  testing::FakeSource source_;
  RegistryTokenReview tokens_{source_};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  const Certifier certifier_{t_.clock, names_, authority_, tokens_, hours(24)};
  metrics::Registry registry_{t_.clock, 1};
  metrics::Family<metrics::Gauge>& family_ =
      registry_.gauge({.description = {.name = "expires", .help = "X."}});
  const IssuerRenewal renewal_{t_.loop, log_, names_, folder_, authority_, family_.get(0)};
};

TEST_F(IssuerRenewalTest, replaces_the_issuer_in_its_last_thirty_days_and_not_before) {
  pass(hours(24 * 334));
  EXPECT_EQ(issuer(), first_);
  pass(hours(24 * 2));
  EXPECT_NE(issuer(), first_);
  EXPECT_GT(authority_.issuer().certificate().not_after(), t_.clock.wall_now() + hours(24 * 364));
  const auto restarted = Authority::open(folder_, names_, t_.clock.wall_now(), log_);
  ASSERT_TRUE(restarted) << restarted.error().message;
  EXPECT_EQ(restarted->issuer().certificate().der(), issuer());
}

TEST_F(IssuerRenewalTest, leaves_of_both_issuers_are_trusted_side_by_side) {
  pass(hours(24 * 334));
  const Certified before = certify();
  pass(hours(23) + minutes(40));
  ASSERT_NE(issuer(), first_);
  const Certified after = certify();
  EXPECT_EQ(before.intermediates.at(0), first_);
  EXPECT_EQ(after.intermediates.at(0), issuer());
  EXPECT_TRUE(is_trusted(before));
  EXPECT_TRUE(is_trusted(after));
}

TEST_F(IssuerRenewalTest, certifies_on_through_the_years) {
  for (int year = 1; year <= 5; ++year) {
    pass(hours(24 * 340));
    EXPECT_TRUE(is_trusted(certify())) << year;
  }
}

TEST_F(IssuerRenewalTest, a_clock_that_jumps_past_the_end_is_no_end) {
  pass(hours(24 * 500));
  EXPECT_TRUE(is_trusted(certify()));
}

TEST_F(IssuerRenewalTest, without_the_roots_key_an_issuer_put_there_is_taken_up) {
  const std::string root_key = read_file(folder_ + "/root.key", 9999).value();
  std::filesystem::remove(folder_ + "/root.key");
  pass(hours(24 * 340));
  EXPECT_EQ(issuer(), first_);
  EXPECT_TRUE(is_trusted(certify()));

  ASSERT_TRUE(create_file(folder_ + "/root.key", root_key, 0600));
  const auto elsewhere = Authority::open(folder_, names_, t_.clock.wall_now(), log_);
  ASSERT_TRUE(elsewhere) << elsewhere.error().message;
  std::filesystem::remove(folder_ + "/root.key");
  pass(hours(2));
  EXPECT_EQ(issuer(), elsewhere->issuer().certificate().der());
}

TEST_F(IssuerRenewalTest, an_issuer_of_another_root_is_not_taken_up_before_a_restart) {
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directory(folder_);
  std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  // Made anew, with a root of its own, a year later.
  pass(hours(24 * 336));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/root.pem"));
  EXPECT_EQ(issuer(), first_);
  EXPECT_TRUE(is_trusted(certify()));
}

TEST_F(IssuerRenewalTest, signs_on_with_the_old_one_where_the_files_cannot_be_used) {
  ASSERT_EQ(::chmod((folder_ + "/root.key").c_str(), 0644), 0);
  pass(hours(24 * 340));
  EXPECT_EQ(issuer(), first_);
  EXPECT_TRUE(is_trusted(certify()));
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/issuer.pem"));
  ASSERT_EQ(::chmod((folder_ + "/root.key").c_str(), 0600), 0);
  pass(hours(2));
  EXPECT_NE(issuer(), first_);
}

TEST_F(IssuerRenewalTest, a_gauge_shows_when_the_issuer_expires) {
  const auto shown = [this] {
    return "expires " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                              authority_.issuer().certificate().not_after().time_since_epoch())
                              .count());
  };
  EXPECT_TRUE(registry_.scrape().contains(shown()));
  pass(hours(24 * 340));
  ASSERT_NE(issuer(), first_);
  EXPECT_TRUE(registry_.scrape().contains(shown()));
}

}  // namespace
}  // namespace seine::control
