// SPDX-License-Identifier: Apache-2.0
#include "control/identity/own_certificate.h"

#include <gtest/gtest.h>

#include "base/temporary_folder.h"
#include "control/testing/shop.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr char kName[] = "linkerd-identity.linkerd.serviceaccount.identity.linkerd.cluster.local";

class OwnCertificateTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<OwnCertificate>> issue(std::string_view name, const Certifier& certifier) {
    return OwnCertificate::issue(t_.loop, log_, certifier, authority_.anchors(), name);
  }

  runtime::testing::TestLoop t_;
  const TemporaryFolder temporary_ = TemporaryFolder::make("own").value();
  const std::string& folder_ = temporary_.path();
  const MeshNames names_;
  const Log log_{t_.clock, 2, LogLevel::kOff, LogFormat::kPlain};
  const Authority authority_ = Authority::open(folder_, names_, t_.clock.wall_now(), log_).value();
  testing::FakeSource source_;
  RegistryTokenReview tokens_{source_};
  Certifier certifier_{t_.clock, names_, authority_, tokens_, hours(24)};
};

TEST_F(OwnCertificateTest, is_renewed_when_seventy_percent_of_its_life_have_passed) {
  const auto own = issue(kName, certifier_).value();
  const auto first = own->context();
  EXPECT_TRUE(first->has_credentials());
  EXPECT_EQ(own->valid_until(), t_.clock.wall_now() + hours(24) + seconds(20));
  // 70 % of 24 h and 20 s are 16 h 48 min 14 s.
  t_.advance(hours(16) + minutes(48), minutes(1));
  EXPECT_EQ(own->context(), first);
  t_.advance(minutes(1), seconds(1));
  EXPECT_NE(own->context(), first);
  EXPECT_GT(own->valid_until(), t_.clock.wall_now() + hours(23));
}

TEST_F(OwnCertificateTest, stays_in_use_while_the_authority_cannot_renew_it) {
  const Certifier long_lived(t_.clock, names_, authority_, tokens_, hours(24 * 400));
  const auto own = issue(kName, long_lived).value();
  const auto first = own->context();
  // Clamped to the issuer's end, after which there is nobody to renew it.
  t_.clock.jump_wall(hours(24 * 370));
  t_.advance(minutes(11), minutes(1));
  EXPECT_EQ(own->context(), first);
}

TEST_F(OwnCertificateTest, needs_a_name_that_is_one) {
  const auto own = issue("not a name", certifier_);
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().code, ErrorCode::kInvalidConfig);
}

}  // namespace
}  // namespace seine::control
