// SPDX-License-Identifier: Apache-2.0
#include "proxy/respond.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

TEST(Respond, every_cause_has_an_answer) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kShutdown); ++i) {
    const ErrorAnswer answer = answer_for(make_error(static_cast<ErrorCode>(i), "x"));
    EXPECT_GE(answer.status, 400);
    EXPECT_GT(answer.grpc_status, 0);
  }
}

TEST(Respond, an_http1_client_gets_status_and_close) {
  const http::Response response =
      respond(make_error(ErrorCode::kFailfast, "web"), http::Version::kHttp11, false, {true});
  EXPECT_EQ(response.head.status, 504);
  EXPECT_EQ(response.head.headers.get("connection"), "close");
  EXPECT_EQ(response.head.headers.get("content-length"), "0");
  EXPECT_EQ(response.head.headers.get("l5d-proxy-error"), "failfast: web");
  EXPECT_EQ(response.head.headers.get("l5d-proxy-connection"), "close");
}

TEST(Respond, a_grpc_client_gets_a_trailers_only_response) {
  const http::Response response =
      respond(make_error(ErrorCode::kUnauthorized, "n\no"), http::Version::kHttp2, true, {false});
  EXPECT_EQ(response.head.status, 200);
  EXPECT_EQ(response.head.headers.get("grpc-status"), "7");
  EXPECT_EQ(response.head.headers.get("grpc-message"), "unauthorized: n%0Ao");
  EXPECT_FALSE(response.head.headers.contains("l5d-proxy-error"));
  EXPECT_EQ(response.body, nullptr);
}

}  // namespace
}  // namespace seine::proxy
