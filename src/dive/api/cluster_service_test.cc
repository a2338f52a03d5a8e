// SPDX-License-Identifier: Apache-2.0
// The agent against Dive's own side of the contract.
#include "dive/api/cluster_service.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <filesystem>
#include <random>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/temporary_folder.h"
#include "crypto/signature.h"
#include "dive/agent/agent.h"
#include "dive/agent/testing/fake_sources.h"
#include "dive/api/testing/memory_store.h"
#include "http/http2_server.h"
#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Connections to the service, in memory.
class ServiceDialer final : public Dialer {
 public:
  ServiceDialer(runtime::EventLoop& loop, const grpc::Methods& methods, runtime::Drain& drain)
      : loop_(loop), methods_(methods), drain_(drain), scope_(loop, [](Error) {}) {}

  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> dial() override {
    auto [near, far] = runtime::testing::MemoryStream::make_pair();
    ends_.push_back(std::move(far));
    scope_.spawn(serve(*this, *ends_.back()));
    co_return std::unique_ptr<runtime::Stream>(std::move(near));
  }
  void cut() {
    for (const auto& end : ends_) end->abort();
  }

 private:
  static runtime::Task<void> serve(ServiceDialer& self, runtime::Stream& stream) {
    grpc::Server server(self.loop_, self.methods_, "agent");
    (void)co_await http::serve_http2(self.loop_, stream, {}, server, self.drain_, {});
    stream.abort();
  }

  runtime::EventLoop& loop_;
  const grpc::Methods& methods_;
  runtime::Drain& drain_;
  std::vector<std::unique_ptr<runtime::Stream>> ends_;
  runtime::TaskScope scope_;
};

class ClusterServiceTest : public ::testing::Test {
 protected:
  ClusterServiceTest() { service_.serve(methods_); }
  void start() {
    agent_.reset();
    metrics_.break_off();
    workloads_.begin_anew();
    AgentSettings settings{.folder = folder_.path()};
    settings.link = {.cluster = "test",
                     .authority = "dive:80",
                     .agent_version = "edge-test",
                     .join_token = [this] { return token_; },
                     .on_joined = [] {}};
    agent_ = Agent::start(t_.loop, log_, dialer_, key_, metrics_, workloads_, std::move(settings))
                 .value();
    t_.settle();
  }

  const TemporaryFolder folder_ = TemporaryFolder::make("cluster").value();
  runtime::testing::TestLoop t_;
  const Descriptor said_{::memfd_create("log", MFD_CLOEXEC)};
  const Log log_{t_.clock, said_.get(), LogLevel::kDebug, LogFormat::kPlain};
  runtime::Drain drain_;
  testing::MemoryBook book_;
  testing::MemorySink sink_;
  AgentCredentials credentials_{t_.loop, book_};
  metrics::Registry registry_{t_.clock, 1};
  Refusals refusals_{t_.clock, log_, registry_, 0};
  ClusterService service_{t_.loop, log_, credentials_, sink_, refusals_, drain_};
  grpc::Methods methods_;
  ServiceDialer dialer_{t_.loop, methods_, drain_};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate().value();
  std::string token_ = t_.run(credentials_.make_join_token("test")).value();
  testing::FakeMetricsSource metrics_{t_.loop};
  testing::FakeWorkloadSource workloads_{t_.loop};
  std::unique_ptr<Agent> agent_;
};

TEST_F(ClusterServiceTest, takes_what_an_agent_tells_and_acknowledges_it) {
  workloads_.add_pod("web", "web-aaaaa", "v1");
  start();
  metrics_.make(100);
  t_.settle();
  EXPECT_EQ(sink_.buckets.size(), 100u);
  EXPECT_EQ(sink_.deployments.size(), 1u);
  EXPECT_EQ(sink_.services.size(), 1u);
  ASSERT_EQ(sink_.events.size(), 1u);
  EXPECT_EQ(sink_.events[0].kind(), "agent.started");
  metrics::TextWriter text;
  agent_->write(text);
  EXPECT_NE(
      std::move(text).finish().find("seine_dive_agent_outbox_messages{method=\"AddMetric\"} 0"),
      std::string::npos)
      << "all is acknowledged";
}

TEST_F(ClusterServiceTest, keeps_an_agent_out_that_cannot_prove_who_it_is) {
  token_ = "guessed";
  start();
  metrics_.make(3);
  t_.advance(seconds(5), milliseconds(50));
  EXPECT_TRUE(sink_.buckets.empty());
  EXPECT_TRUE(sink_.events.empty());
}

TEST_F(ClusterServiceTest, goes_on_after_a_message_that_it_refuses) {
  start();
  sink_.refuses = 1;
  metrics_.make(1);
  t_.settle();
  metrics_.make(2);
  t_.settle();
  EXPECT_EQ(sink_.buckets.size(), 2u);
  EXPECT_TRUE(registry_.scrape().contains(
      R"(seine_dive_agent_refused_total{method="AddMetric",reason="message"} 1)"));
}

TEST_F(ClusterServiceTest, ends_a_stream_that_its_store_has_no_room_for_and_loses_nothing) {
  sink_.is_full = true;
  start();
  metrics_.make(10);
  t_.advance(seconds(5), milliseconds(50));
  EXPECT_TRUE(sink_.buckets.empty());
  sink_.is_full = false;
  t_.advance(seconds(60), milliseconds(100));
  EXPECT_EQ(sink_.buckets.size(), 10u);
}

TEST_F(ClusterServiceTest, loses_nothing_whatever_its_store_fails_with) {
  sink_.is_full = true;
  sink_.full = ErrorCode::kInvalidArgument;  // as where a table is missing
  start();
  metrics_.make(10);
  t_.advance(seconds(5), milliseconds(50));
  sink_.is_full = false;
  t_.advance(seconds(60), milliseconds(100));
  EXPECT_EQ(sink_.buckets.size(), 10u);
  EXPECT_EQ(sink_.events.size(), 1u);
}

TEST_F(ClusterServiceTest, counts_everything_once_over_cuts_and_deaths) {
  std::mt19937 random(13);
  start();
  for (int round = 0; round < 150; ++round) {
    metrics_.make(random() % 5);
    if (random() % 3 == 0) dialer_.cut();
    if (random() % 5 == 0) start();
    t_.advance(milliseconds(random() % 300), milliseconds(20));
  }
  t_.advance(seconds(61), milliseconds(100));
  EXPECT_EQ(sink_.buckets.size(), metrics_.made());
  for (const auto& [name, times] : sink_.buckets) EXPECT_EQ(times, 1);
}

TEST_F(ClusterServiceTest, takes_all_of_an_agent_whose_folder_was_put_back_from_an_old_copy) {
  const TemporaryFolder copy = TemporaryFolder::make("copy").value();
  const auto put = [](const std::string& from, const std::string& to) {
    std::filesystem::remove_all(to + "/outbox");
    std::filesystem::copy(from + "/outbox", to + "/outbox",
                          std::filesystem::copy_options::recursive);
  };
  start();
  metrics_.make(3);
  t_.settle();
  put(folder_.path(), copy.path());
  start();
  for (int i = 0; i < 10; ++i) {
    metrics_.make(1);
    t_.settle();
  }
  agent_.reset();
  put(copy.path(), folder_.path());
  workloads_.add_pod("web", "web-aaaaa", "v1");
  start();
  for (int i = 0; i < 3; ++i) {
    metrics_.make(1);
    t_.settle();
  }
  EXPECT_EQ(sink_.buckets.size(), metrics_.made());
  EXPECT_EQ(sink_.events.size(), 3u) << "each start is told";
  ASSERT_FALSE(sink_.deployments.empty());
  EXPECT_EQ(sink_.deployments.back().all().workloads_size(), 1) << "and what runs now";
}

TEST_F(ClusterServiceTest, ends_the_streams_of_a_key_that_another_has_followed) {
  start();
  const auto other = crypto::PrivateKey::generate().value();
  const std::string token = t_.run(credentials_.make_join_token("test")).value();
  ASSERT_TRUE(t_.run(credentials_.join(token, "test", crypto::public_key_der(other))));
  metrics_.make(3);
  t_.advance(seconds(5), milliseconds(50));
  EXPECT_TRUE(sink_.buckets.empty());
  EXPECT_FALSE(agent_->is_ready());
  EXPECT_EQ(service_.streams(), 0u);
}

TEST_F(ClusterServiceTest, has_few_streams_of_a_cluster_however_many_are_begun) {
  start();
  metrics_.make(1);
  t_.settle();
  std::vector<std::unique_ptr<Agent>> others;
  std::vector<std::unique_ptr<TemporaryFolder>> folders;
  testing::FakeMetricsSource idle(t_.loop);
  for (int i = 0; i < 5; ++i) {
    folders.push_back(std::make_unique<TemporaryFolder>(TemporaryFolder::make("more").value()));
    AgentSettings settings{.folder = folders.back()->path()};
    settings.link = {.cluster = "test",
                     .authority = "dive:80",
                     .join_token = [this] { return token_; },
                     .has_joined = true,
                     .on_joined = [] {}};
    others.push_back(
        Agent::start(t_.loop, log_, dialer_, key_, idle, workloads_, std::move(settings)).value());
    t_.settle();
    EXPECT_LE(service_.streams(), 3 * AgentStreams::kMaxOfMethod);
  }
  others.clear();
  metrics_.make(5);
  t_.advance(seconds(60), milliseconds(100));
  EXPECT_EQ(sink_.buckets.size(), metrics_.made()) << "who is left goes on";
}

TEST_F(ClusterServiceTest, lets_agents_go_when_it_drains) {
  start();
  metrics_.make(3);
  t_.settle();
  drain_.fire();
  t_.settle();
  EXPECT_FALSE(agent_->is_ready());
  EXPECT_EQ(sink_.buckets.size(), 3u);
  const std::string log =
      read_file("/proc/self/fd/" + std::to_string(said_.get()), 1 << 20).value();
  EXPECT_TRUE(log.contains("Dive ended the stream")) << log;
  EXPECT_FALSE(log.contains("grpc")) << "an end in order is no failure\n" << log;
}

}  // namespace
}  // namespace seine::dive
