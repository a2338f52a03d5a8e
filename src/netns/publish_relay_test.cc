// SPDX-License-Identifier: Apache-2.0
#include "netns/publish_relay.h"

#include <sched.h>

#include "netns/hub.h"
#include "netns/testing/kernel_test.h"
#include "netns/testing/sockets.h"

namespace seine::netns {
namespace {

using testing::dial;
using testing::Greeter;

const AddressPlan kPlan = choose_plan({}).value();

struct Lab {
  Lab() { EXPECT_EQ(setns(machine.fd(), CLONE_NEWNET), 0); }
  std::unique_ptr<PublishRelay> publish(PublishOptions options) {
    auto relay = PublishRelay::start(hub, options, clock, log);
    EXPECT_TRUE(relay) << relay.error().to_string();
    return std::move(*relay);
  }

  SystemClock clock;
  Log log{clock, 2, LogLevel::kOff, LogFormat::kPlain};
  NetworkNamespace machine = NetworkNamespace::create().value();
  NetworkNamespace hub = create_hub(kPlan).value();
  NetworkNamespace pod =
      create_pod(hub, kPlan,
                 {.ip = nth_address(kPlan.pods, 2).value(), .proxy = ProxySign::mark(kProxyMark)})
          .value();
  SocketAddr listen = SocketAddr::parse("127.0.0.1:0").value();
  SocketAddr target = SocketAddr::parse("100.96.0.2:8080").value();
};

class PublishRelayKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(PublishRelayKernel);

TEST_P(PublishRelayKernel, a_connection_to_the_machine_meets_the_pods_proxy) {
  run([] {
    Lab lab;
    const Greeter inbound(lab.pod, "0.0.0.0:4143", "inbound", {.mark = kProxyMark});
    const auto relay = lab.publish({.listen = lab.listen, .target = lab.target});
    EXPECT_EQ(dial(lab.machine, relay->addr().to_string()), "inbound 100.96.0.2:8080");
    EXPECT_EQ(relay->counters().accepted, 1u);
    EXPECT_EQ(relay->counters().refused, 0u);
  });
}

TEST_P(PublishRelayKernel, where_nobody_listens_the_client_sees_a_reset) {
  run([] {
    Lab lab;
    const auto relay = lab.publish({.listen = lab.listen, .target = lab.target});
    EXPECT_EQ(dial(lab.machine, relay->addr().to_string()), "ECONNRESET");
    EXPECT_EQ(relay->counters().refused, 1u);
  });
}

TEST_P(PublishRelayKernel, an_address_that_is_taken_is_named) {
  run([] {
    Lab lab;
    const auto first = lab.publish({.listen = lab.listen, .target = lab.target});
    const auto second = PublishRelay::start(
        lab.hub, {.listen = first->addr(), .target = lab.target}, lab.clock, lab.log);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(second.error().message.find(first->addr().to_string()), std::string::npos);
  });
}

TEST_P(PublishRelayKernel, above_its_limit_a_client_sees_a_reset) {
  run([] {
    Lab lab;
    const Greeter inbound(lab.pod, "0.0.0.0:4143", "inbound", {.mark = kProxyMark});
    const auto relay =
        lab.publish({.listen = lab.listen, .target = lab.target, .max_connections = 0});
    EXPECT_EQ(dial(lab.machine, relay->addr().to_string()), "ECONNRESET");
    EXPECT_EQ(relay->counters().refused, 1u);
  });
}

TEST_P(PublishRelayKernel, drained_it_listens_no_more) {
  run([] {
    Lab lab;
    const auto relay = lab.publish({.listen = lab.listen, .target = lab.target});
    relay->drain();
    // The order travels to the relay's thread; a closed listener refuses.
    std::string seen;
    for (int tries = 0; tries < 200 && seen != "ECONNREFUSED"; ++tries) {
      seen = dial(lab.machine, relay->addr().to_string());
    }
    EXPECT_EQ(seen, "ECONNREFUSED");
  });
}

}  // namespace
}  // namespace seine::netns
