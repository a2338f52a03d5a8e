// SPDX-License-Identifier: Apache-2.0
#include "crypto/tls_context.h"

#include "gtest/gtest.h"

#include "crypto/testing/tls_pair.h"

namespace seine::crypto {
namespace {

using std::chrono::hours;
using testing::kServerName;
using testing::TestAuthority;
using testing::TlsPair;

TEST(TlsContext, needs_the_key_of_its_certificate) {
  TlsPair pair;
  TlsCredentials credentials =
      testing::credentials_of(pair.authority, pair.authority.issue(kServerName));
  credentials.key = PrivateKey::generate().value();
  const auto context =
      TlsContext::create(pair.authority.anchors(), credentials, pair.t.clock.wall_now());
  ASSERT_FALSE(context.has_value());
  EXPECT_EQ(context.error().code, ErrorCode::kInvalidConfig);
}

TEST(TlsCredentials, are_checked_before_they_are_used) {
  TlsPair pair;
  const WallTime now = pair.t.clock.wall_now();
  TlsCredentials good = testing::credentials_of(pair.authority, pair.authority.issue(kServerName));
  const SubjectName name = SubjectName::parse(kServerName).value();
  const TrustAnchors anchors = pair.authority.anchors();
  EXPECT_TRUE(good.check(anchors, name, now).has_value());
  EXPECT_EQ(good.check(anchors, name, now + hours(25)).error().message,
            std::string("the certificate of ") + kServerName + ": certificate has expired");
  EXPECT_EQ(good.check(anchors, SubjectName::parse("other.local").value(), now).error().message,
            "the certificate does not name other.local");
  EXPECT_FALSE(good.check(TestAuthority(now).anchors(), name, now).has_value());
  good.key = PrivateKey::generate().value();
  EXPECT_EQ(good.check(anchors, name, now).error().message,
            "the certificate is for another private key");
}

}  // namespace
}  // namespace seine::crypto
