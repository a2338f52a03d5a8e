// SPDX-License-Identifier: Apache-2.0
#include "control/registry/workloads_service.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/temporary_folder.h"
#include "control/registry/registry_limits.h"
#include "control/testing/registry_scope.h"
#include "grpc/client.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

namespace wire = seine::registry::v1;
using testing::announce;

class WorkloadsServiceTest : public ::testing::Test {
 protected:
  using Stream = grpc::MessageStream<wire::RunningWorkloads>;

  WorkloadsServiceTest() { service_->serve(methods_); }
  ~WorkloadsServiceTest() override { scope_.cancel(); }
  std::unique_ptr<LeaseRegistry> open() {
    auto directory = RegistryDirectory::open(folder_.path() + "/registry");
    return LeaseRegistry::open(t_.loop, log_, registry_, names_, testing::make_scope(),
                               *std::move(directory))
        .value();
  }
  Joined join(const char* workload) {
    const std::string token = leases_->create_join_token({}, std::chrono::minutes(1)).value();
    return leases_->join(token, announce(workload, {{.number = 8080}}), std::nullopt, "ada")
        .value();
  }
  Stream watch() {
    return channel_.stream<wire::RunningWorkloads>("/seine.registry.v1.Workloads/Watch",
                                                   wire::WatchWorkloadsRequest());
  }
  static runtime::Task<void> store(Stream& stream, std::optional<wire::RunningWorkloads>& out) {
    auto message = co_await stream.next();
    if (message && *message) out = **std::move(message);
  }

  const TemporaryFolder folder_ = TemporaryFolder::make("workloads").value();
  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, -1, LogLevel::kError, LogFormat::kPlain};
  metrics::Registry registry_{t_.clock, 1};
  ControllerMetrics metrics_{registry_};
  const MeshNames names_;
  runtime::Drain drain_;
  RateLimiter limiter_{{.per_second = 1, .burst = 1}};
  std::unique_ptr<LeaseRegistry> leases_ = open();
  const std::unique_ptr<RpcService> service_ =
      make_workloads_service({t_.loop, names_, *leases_, drain_, metrics_, limiter_}, *leases_);
  grpc::Methods methods_;
  grpc::Server server_{t_.loop, methods_, ""};
  const grpc::Channel channel_{t_.loop, server_, "feed"};
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(WorkloadsServiceTest, tells_all_that_runs_and_who_started_it_when) {
  const Joined web = join("web");
  Stream stream = watch();
  const auto message = t_.run(stream.next());
  ASSERT_TRUE(message && *message);
  const wire::RunningWorkloads& running = **message;
  EXPECT_EQ(running.cluster(), "test");
  ASSERT_EQ(running.pods_size(), 1);
  const wire::RunningPod& pod = running.pods(0);
  EXPECT_EQ(pod.workload(), "web");
  EXPECT_EQ(pod.workload_kind(), "deployment");
  EXPECT_EQ(pod.name(), web.pod);
  EXPECT_EQ(pod.service(), "web");
  EXPECT_EQ(pod.service_account(), "web");
  EXPECT_EQ(pod.ports(0).number(), 8080u);
  EXPECT_EQ(pod.started_by(), "ada");
  EXPECT_EQ(pod.since().seconds(), 1767225600);
  EXPECT_FALSE(pod.ready());
  ASSERT_EQ(running.services_size(), 1);
  EXPECT_EQ(running.services(0).workloads(0), "web");
}

TEST_F(WorkloadsServiceTest, takes_a_pod_for_ready_when_all_its_ports_are_listened_on) {
  const Joined web = join("web");
  const auto is_ready = [&] {
    wire::RunningWorkloads running;
    encode_running("test", leases_->leases(), *leases_->current(), running);
    return running.pods(0).ready();
  };
  ASSERT_TRUE(leases_->renew(web.lease, web.secret, {.listening = {}, .proxy_ready = true}));
  EXPECT_FALSE(is_ready());
  ASSERT_TRUE(leases_->renew(web.lease, web.secret, {.listening = {8080}, .proxy_ready = true}));
  EXPECT_TRUE(is_ready());
  ASSERT_TRUE(leases_->leave(web.lease, web.secret, /*gone=*/false));
  EXPECT_FALSE(is_ready());
}

TEST_F(WorkloadsServiceTest, tells_many_changes_at_once_and_none_that_is_none) {
  Stream stream = watch();
  ASSERT_TRUE(t_.run(stream.next()));
  std::optional<wire::RunningWorkloads> told;
  scope_.spawn(store(stream, told));
  for (const char* name : {"web", "db", "api"}) join(name);
  t_.settle();
  EXPECT_FALSE(told);
  t_.advance(kWorkloadsApart);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->pods_size(), 3);
}

TEST_F(WorkloadsServiceTest, knows_since_when_over_a_restart) {
  join("web");
  const Joining before = leases_->leases()[0].joining;
  leases_.reset();
  t_.clock.advance(std::chrono::seconds(3));
  leases_ = open();
  EXPECT_EQ(leases_->leases()[0].joining, before);
}

TEST_F(WorkloadsServiceTest, ends_with_the_process_and_refuses_who_comes_after_the_last_place) {
  std::vector<Stream> watches;
  for (std::size_t i = 0; i < kMaxWorkloadWatches; ++i) {
    watches.push_back(watch());
    ASSERT_TRUE(t_.run(watches.back().next()));
  }
  Stream refused = watch();
  const auto error = t_.run(refused.next());
  ASSERT_FALSE(error);
  EXPECT_EQ(grpc::status_code(error.error()), grpc::StatusCode::kResourceExhausted);
  drain_.fire();
  t_.advance(kWorkloadsApart);
  const auto end = t_.run(watches[0].next());
  EXPECT_TRUE(end && !*end);
}

}  // namespace
}  // namespace seine::control
