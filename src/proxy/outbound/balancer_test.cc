// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/balancer.h"

#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "http/http2_error.h"
#include "proxy/testing/worker_lab.h"

namespace seine::proxy {
namespace {

using http::testing::ScriptedService;
using testing::LocalApplication;
using testing::request_for;

Error refusal() {
  return http::http2_error(ErrorCode::kReset, http::Http2Code::kRefusedStream, "not now");
}
runtime::Task<Result<http::Response>> fail_or_answer(ScriptedService& self, http::Request) {
  if (self.error) co_return fail(*self.error);
  co_return http::Response();
}

// A balancer over applications that answer, or fail with the error they are given.
struct BalancerLab : testing::WorkerLab {
  explicit BalancerLab(std::vector<std::optional<Error>> errors)
      : WorkerLab(testing::worker_config()), balancer(context, destinations, backend()) {
    auto set = std::make_shared<EndpointSet>();
    for (std::optional<Error>& error : errors) {
      applications.push_back(std::make_unique<LocalApplication>(t, /*http2=*/true));
      applications.back()->service.handler = fail_or_answer;
      applications.back()->service.error = std::move(error);
      set->push_back(model::Endpoint{.addr = applications.back()->addr()});
    }
    destinations.publish("web:80", std::move(set));
    t.settle();
  }
  static model::Backend backend() {
    return {.meta = {}, .kind = model::Backend::Balancer{.path = "web:80", .load = {}}};
  }
  Result<http::Response> send(http::BodyPtr body = nullptr) {
    http::Request request = request_for("web", http::Version::kHttp2);
    request.body = std::move(body);
    return t.run(balancer.send(std::move(request)));
  }
  int calls(std::size_t application) const { return applications[application]->service.calls; }

  Destinations destinations{t.loop, std::chrono::seconds(1), [](const auto&) {},
                            [](const auto&) {}};
  std::vector<std::unique_ptr<LocalApplication>> applications;
  Balancer balancer;
};

TEST(Balancer, a_request_that_one_endpoint_refuses_is_answered_by_another) {
  BalancerLab lab({refusal(), std::nullopt});
  int answered = 0;
  for (int i = 0; i < 20; ++i) answered += lab.send() ? 1 : 0;
  EXPECT_GT(lab.calls(0), 0);
  // The one try more may fall on the same endpoint.
  EXPECT_GT(answered, 20 - lab.calls(0));
}

TEST(Balancer, a_request_that_is_refused_again_fails) {
  BalancerLab lab({refusal()});
  const Result<http::Response> response = lab.send();
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::kReset);
  EXPECT_EQ(lab.calls(0), 2);
}

TEST(Balancer, an_error_that_is_no_refusal_is_not_tried_again) {
  BalancerLab lab({make_error(ErrorCode::kInternal, "broken")});
  EXPECT_FALSE(lab.send());
  EXPECT_EQ(lab.calls(0), 1);
}

TEST(Balancer, a_refused_request_whose_body_has_begun_is_not_tried_again) {
  BalancerLab lab({refusal()});
  EXPECT_FALSE(lab.send(http::make_body("begun")));
  EXPECT_EQ(lab.calls(0), 1);
}

}  // namespace
}  // namespace seine::proxy
