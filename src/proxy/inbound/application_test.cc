// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/application.h"

#include "gtest/gtest.h"

#include "proxy/testing/worker_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using testing::LocalApplication;
using testing::request_for;
using testing::WorkerLab;

// An HTTP/2 application that does not run yet, and a failfast timeout of 1 s to reach it.
struct ApplicationLab : WorkerLab {
  explicit ApplicationLab(Config config = testing::worker_config())
      : WorkerLab(std::move(config)), addr(LocalApplication(t, true).addr()) {}

  // A request under way; `result` once it is done.
  struct Sending {
    explicit Sending(ApplicationLab& lab) : scope(lab.t.loop, [](Error) {}) {
      scope.spawn(run(*this, *lab.port));
      lab.t.settle();
    }
    static runtime::Task<void> run(Sending& self, ApplicationPort& port) {
      self.result = co_await port.send(request_for("app", http::Version::kHttp2));
    }
    std::optional<Result<http::Response>> result;
    runtime::TaskScope scope;
  };
  void start_application() { application.emplace(t, true, addr); }

  const SocketAddr addr;
  std::optional<LocalApplication> application;
  std::shared_ptr<ApplicationPort> port = std::make_shared<ApplicationPort>(context, addr);
};

TEST(ApplicationPort, http2_requests_wait_for_an_application_that_starts) {
  ApplicationLab lab;
  const ApplicationLab::Sending first(lab);
  const ApplicationLab::Sending second(lab);
  lab.t.advance(500ms);
  EXPECT_FALSE(first.result || second.result);
  lab.start_application();
  lab.t.advance(400ms);
  ASSERT_TRUE(first.result && second.result);
  EXPECT_TRUE(first.result->has_value() && second.result->has_value());
  EXPECT_EQ(lab.application->connections, 1);
}

TEST(ApplicationPort, after_the_failfast_timeout_requests_fail_and_the_next_at_once) {
  ApplicationLab lab;
  const ApplicationLab::Sending first(lab);
  lab.t.advance(990ms);
  EXPECT_FALSE(first.result);
  lab.t.advance(20ms);
  ASSERT_TRUE(first.result && !first.result->has_value());
  EXPECT_EQ(first.result->error().code, ErrorCode::kFailfast);
  EXPECT_EQ(first.result->error().message,
            "the application has not been reached for 1s (connect refused: the application: " +
                lab.addr.to_string() + ": ECONNREFUSED)");
  const ApplicationLab::Sending second(lab);
  ASSERT_TRUE(second.result && !second.result->has_value());
  EXPECT_EQ(second.result->error().code, ErrorCode::kFailfast);

  lab.start_application();
  lab.t.advance(1s);  // for the backoff to end
  const ApplicationLab::Sending third(lab);
  ASSERT_TRUE(third.result);
  EXPECT_TRUE(third.result->has_value());
}

TEST(ApplicationPort, requests_that_find_the_queue_full_are_shed) {
  Config config = testing::worker_config();
  config.inbound.queue_capacity = 1;
  ApplicationLab lab(std::move(config));
  const ApplicationLab::Sending first(lab);
  const ApplicationLab::Sending second(lab);
  EXPECT_FALSE(first.result);
  ASSERT_TRUE(second.result && !second.result->has_value());
  EXPECT_EQ(second.result->error().code, ErrorCode::kLoadShed);
}

TEST(ApplicationPort, an_application_on_the_proxys_own_port_is_not_waited_for) {
  Config config = testing::worker_config();
  config.inbound.listen = {SocketAddr::parse("0.0.0.0:4143").value()};
  ApplicationLab lab(std::move(config));
  lab.port =
      std::make_shared<ApplicationPort>(lab.context, SocketAddr::parse("127.0.0.1:4143").value());
  const ApplicationLab::Sending request(lab);
  ASSERT_TRUE(request.result && !request.result->has_value());
  EXPECT_EQ(request.result->error().code, ErrorCode::kLoop);
}

// The pod's address, here another one of loopback's, at which the application does not listen.
TEST(ApplicationPort, with_the_fallback_an_application_at_loopback_only_is_found) {
  Config config = testing::worker_config();
  config.loopback_fallback = true;
  ApplicationLab lab(std::move(config));
  lab.start_application();
  const SocketAddr pod{IpAddress::parse("127.0.0.2").value(), lab.addr.port};
  lab.port = std::make_shared<ApplicationPort>(lab.context, pod);
  const ApplicationLab::Sending request(lab);
  ASSERT_TRUE(request.result);
  EXPECT_TRUE(request.result->has_value());
}

TEST(ApplicationPort, without_the_fallback_an_application_at_loopback_only_is_not_found) {
  ApplicationLab lab;
  lab.start_application();
  const SocketAddr pod{IpAddress::parse("127.0.0.2").value(), lab.addr.port};
  lab.port = std::make_shared<ApplicationPort>(lab.context, pod);
  const ApplicationLab::Sending request(lab);
  lab.t.advance(2s);
  ASSERT_TRUE(request.result && !request.result->has_value());
  EXPECT_EQ(lab.application->connections, 0);
}

TEST(ApplicationPort, with_the_fallback_a_refusal_names_the_address_that_was_asked_for) {
  Config config = testing::worker_config();
  config.loopback_fallback = true;
  ApplicationLab lab(std::move(config));
  const SocketAddr pod{IpAddress::parse("127.0.0.2").value(), lab.addr.port};
  lab.port = std::make_shared<ApplicationPort>(lab.context, pod);
  const ApplicationLab::Sending request(lab);
  lab.t.advance(2s);
  ASSERT_TRUE(request.result && !request.result->has_value());
  EXPECT_NE(request.result->error().message.find(pod.to_string()), std::string::npos)
      << request.result->error().message;
}

}  // namespace
}  // namespace seine::proxy
