// SPDX-License-Identifier: Apache-2.0
#include "model/verdict.h"

#include <gtest/gtest.h>

namespace seine::model {
namespace {

TEST(Verdict, of_http_is_a_failure_from_500_on) {
  for (const std::uint32_t status : {200u, 204u, 301u, 404u, 429u, 499u}) {
    EXPECT_EQ(judge({.http_status = status}), Verdict::kSuccess) << status;
  }
  for (const std::uint32_t status : {500u, 503u, 599u}) {
    EXPECT_EQ(judge({.http_status = status}), Verdict::kFailure) << status;
  }
}

TEST(Verdict, of_grpc_is_by_its_status) {
  for (int code = 0; code <= 16; ++code) {
    const bool fails =
        code == 2 || code == 4 || code == 7 || code == 13 || code == 14 || code == 15;
    EXPECT_EQ(judge({.http_status = 200, .grpc_status = code}),
              fails ? Verdict::kFailure : Verdict::kSuccess)
        << code;
  }
  EXPECT_EQ(judge({.http_status = 200, .grpc_status = -1}), Verdict::kSuccess);
  EXPECT_EQ(judge({.http_status = 503, .grpc_status = 0}), Verdict::kFailure);
}

TEST(Verdict, of_a_response_that_did_not_come_or_broke_off_is_failure) {
  EXPECT_EQ(judge({.cause = "connect refused"}), Verdict::kFailure);
  EXPECT_EQ(judge({}), Verdict::kFailure);
  EXPECT_EQ(judge({.http_status = 200, .cause = "reset"}), Verdict::kFailure);
  EXPECT_EQ(judge({.http_status = 404, .cause = "read"}), Verdict::kFailure);
}

TEST(Verdict, of_a_refusal_is_by_its_status) {
  EXPECT_EQ(judge({.http_status = 403, .cause = "unauthorized"}), Verdict::kSuccess);
  EXPECT_EQ(judge({.http_status = 429, .cause = "rate limited"}), Verdict::kSuccess);
  EXPECT_EQ(judge({.http_status = 200, .grpc_status = 7, .cause = "unauthorized"}),
            Verdict::kFailure);
}

TEST(Verdict, has_classes_of_their_own_for_callers_who_went_away_and_for_probes) {
  EXPECT_EQ(judge({.http_status = 200, .cause = "cancelled"}), Verdict::kCancelled);
  EXPECT_EQ(judge({.cause = "cancelled"}), Verdict::kCancelled);
  EXPECT_EQ(judge({.http_status = 500, .cause = "cancelled"}), Verdict::kCancelled);
  EXPECT_EQ(judge({.http_status = 500, .excluded = true}), Verdict::kExcluded);
}

}  // namespace
}  // namespace seine::model
