// SPDX-License-Identifier: Apache-2.0
#include "control/registry/name_service.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "control/registry/registry_limits.h"
#include "control/testing/shop.h"
#include "grpc/client.h"
#include "runtime/testing/test_loop.h"
#include "seine/registry/v1/names.pb.h"

namespace seine::control {
namespace {

namespace wire = seine::registry::v1;

// The service web at `address`; its one pod listens on `port`, which DNS does not tell.
std::string shop_at(const std::string& address, int port = 8080) {
  return R"({"workloads": [{"namespace": "shop", "name": "web", "ports": [{"port": )" +
         std::to_string(port) + R"(}],
                            "pods": [{"name": "web-0", "ips": ["10.0.0.1"]}]}],
             "services": [{"namespace": "shop", "name": "web", "ports": [{"port": 80}],
                           "cluster_ips": [")" +
         address + R"("]}]})";
}

class NameServiceTest : public ::testing::Test {
 protected:
  using Stream = grpc::MessageStream<wire::MeshNames>;

  NameServiceTest() { service_->serve(methods_); }

  Stream watch() {
    return channel_.stream<wire::MeshNames>("/seine.registry.v1.Names/Watch",
                                            wire::WatchNamesRequest());
  }
  // The address of the one service that the next message has.
  std::string next(Stream& stream) {
    auto names = t_.run(stream.next());
    if (!names) return names.error().message;
    return *names ? (*names)->services(0).ips(0) : "the end";
  }
  // What next() says, once the time has come.
  static runtime::Task<void> store(Stream& stream, std::optional<std::string>& out) {
    auto names = co_await stream.next();
    out = names && *names ? (*names)->services(0).ips(0) : "the end";
  }

  runtime::testing::TestLoop t_;
  metrics::Registry registry_{t_.clock, 1};
  ControllerMetrics metrics_{registry_};
  const MeshNames names_;
  testing::FakeSource source_{shop_at("10.96.0.1")};
  runtime::Drain drain_;
  RateLimiter limiter_{{.per_second = 1, .burst = 1}};
  const std::unique_ptr<RpcService> service_ =
      make_name_service({t_.loop, names_, source_, drain_, metrics_, limiter_});
  grpc::Methods methods_;
  grpc::Server server_{t_.loop, methods_, ""};
  const grpc::Channel channel_{t_.loop, server_, "registry"};
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(NameServiceTest, tells_all_at_once_and_the_last_of_many_changes) {
  Stream stream = watch();
  EXPECT_EQ(next(stream), "10.96.0.1");
  source_.replace(shop_at("10.96.0.2"));
  source_.replace(shop_at("10.96.0.3"));
  std::optional<std::string> told;
  scope_.spawn(store(stream, told));
  t_.settle();
  EXPECT_EQ(told, std::nullopt);
  t_.advance(kNamePause);
  EXPECT_EQ(told, "10.96.0.3");
}

TEST_F(NameServiceTest, tells_a_change_after_a_quiet_time_at_once) {
  Stream stream = watch();
  EXPECT_EQ(next(stream), "10.96.0.1");
  t_.advance(kNamePause);
  source_.replace(shop_at("10.96.0.2"));
  EXPECT_EQ(next(stream), "10.96.0.2");
}

TEST_F(NameServiceTest, says_nothing_of_a_change_that_changes_no_name) {
  Stream stream = watch();
  EXPECT_EQ(next(stream), "10.96.0.1");
  t_.advance(kNamePause);
  std::optional<std::string> told;
  scope_.spawn(store(stream, told));
  source_.replace(shop_at("10.96.0.1", 9090));
  t_.advance(std::chrono::seconds(1));
  EXPECT_EQ(told, std::nullopt);
}

TEST_F(NameServiceTest, ends_with_the_process_and_refuses_who_comes_after_the_last_place) {
  std::vector<Stream> watches;
  for (std::size_t i = 0; i < kMaxNameWatches; ++i) {
    watches.push_back(watch());
    EXPECT_EQ(next(watches.back()), "10.96.0.1");
  }
  Stream refused = watch();
  const auto error = t_.run(refused.next());
  ASSERT_FALSE(error);
  EXPECT_EQ(grpc::status_code(error.error()), grpc::StatusCode::kResourceExhausted);
  watches.pop_back();
  t_.settle();
  Stream taken = watch();
  EXPECT_EQ(next(taken), "10.96.0.1");
  t_.advance(kNamePause);
  drain_.fire();
  EXPECT_EQ(next(taken), "the end");
}

}  // namespace
}  // namespace seine::control
