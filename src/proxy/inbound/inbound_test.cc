// SPDX-License-Identifier: Apache-2.0
// Connections from their accept on, over sockets of loopback.
#include "proxy/inbound/inbound.h"

#include "gtest/gtest.h"

#include "proxy/outbound/outbound.h"
#include "proxy/testing/telemetry_lab.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using telemetry::v1::Bucket;
using telemetry::v1::TcpRow;
using testing::TelemetryLab;
using testing::WorkerLab;

Config everyone_is_served() {
  Config config = testing::worker_config();
  config.default_policy = DefaultPolicy::kAllUnauthenticated;
  return config;
}

struct InboundConnections : WorkerLab {
  explicit InboundConnections(Config with = everyone_is_served()) : WorkerLab(std::move(with)) {}

  // A client that has sent `bytes`, which are being served.
  std::unique_ptr<runtime::Socket> connect(std::string_view bytes) {
    auto client = t.run(runtime::connect_tcp(t.loop, listener->addr(), {}));
    SEINE_CHECK(client.has_value(), "nobody listens");
    std::string text(bytes);
    const iovec piece{text.data(), text.size()};
    SEINE_CHECK((*client)->try_write({&piece, 1}).bytes == bytes.size(), "not written");
    scope.spawn(serve(inbound, testing::accept_one(t, *listener)));
    t.settle();
    return std::move(*client);
  }
  static runtime::Task<void> serve(Inbound& inbound, std::unique_ptr<runtime::Socket> socket) {
    [[maybe_unused]] const Result<void> ended = co_await inbound.serve(std::move(socket));
  }

  TelemetryLab counted{*this};
  std::unique_ptr<runtime::Listener> listener = std::move(
      *runtime::Listener::tcp(t.loop, {IpAddress::v4(0x7f000001U), 0}, runtime::ListenOptions()));
  ServerPolicies policies{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  DefaultPolicies defaults = DefaultPolicies::make(config).value();
  ProfileCache profiles{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  OutboundTargets targets{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  Destinations destinations{t.loop, 1s, [](const auto&) {}, [](const auto&) {}};
  Outbound outbound{context, targets, destinations};
  Inbound inbound{context, policies, defaults, profiles, outbound};
  runtime::TaskScope scope{t.loop, [](Error) {}};
};

TEST(InboundConnections, one_of_http_counts_as_open_until_it_ends) {
  InboundConnections lab;
  auto client = lab.connect("GET / HTTP/1.1\r\n");
  Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.tcp_size(), 1);
  EXPECT_EQ(bucket.tcp(0).direction(), telemetry::v1::INBOUND);
  EXPECT_EQ(bucket.tcp(0).target().port(), lab.listener->addr().port);
  EXPECT_EQ(bucket.tcp(0).peer().no_tls_reason(), "no_tls_from_remote");
  EXPECT_EQ(bucket.tcp(0).opened(), 1);
  EXPECT_EQ(bucket.tcp(0).open(), 1);
  EXPECT_EQ(bucket.tcp(0).read_bytes(), 16);
  EXPECT_EQ(lab.counted.bucket().tcp(0).open(), 1);
  client.reset();
  lab.t.settle();
  bucket = lab.counted.bucket();
  std::uint64_t closed = 0;
  for (const TcpRow& row : bucket.tcp()) {
    EXPECT_EQ(row.open(), 0);
    closed += row.closed();
  }
  EXPECT_EQ(closed, 1);
}

TEST(InboundConnections, one_of_bytes_counts_once) {
  InboundConnections lab;
  auto client = lab.connect("\x01\x02\x03\x04 no protocol of ours\r\n\r\n");
  const Bucket bucket = lab.counted.bucket();
  ASSERT_EQ(bucket.tcp_size(), 1);
  EXPECT_EQ(bucket.tcp(0).open(), 1);
  EXPECT_EQ(bucket.tcp(0).opened(), 1);
  EXPECT_EQ(bucket.tcp(0).read_bytes(), 28);
}

TEST(InboundConnections, one_of_bytes_is_reset_while_buffers_hold_more_than_they_may) {
  Config config = everyone_is_served();
  config.memory_limit = 1 << 20;
  InboundConnections lab(std::move(config));
  const runtime::ByteBudget::Charge others(lab.t.loop.pool().share(), 2 << 20);
  auto client = lab.connect("\x01\x02\x03\x04 no protocol of ours\r\n\r\n");
  EXPECT_EQ(lab.buffers.counted(runtime::ByteBudget::Shed::kConnection), 1U);
  std::byte some{};
  EXPECT_EQ(client->try_read({&some, 1}).status, runtime::IoResult::Status::kError);
}

// Found by tests/conformance: what had been read to detect TLS was in no metric.
TEST(InboundConnections, the_bytes_that_told_the_protocol_are_in_the_metrics) {
  InboundConnections lab;
  auto client = lab.connect("\x01\x02\x03\x04 no protocol of ours\r\n\r\n");
  const std::string text = lab.registry.scrape();
  const std::size_t at = text.find("tcp_read_bytes_total{peer=\"src\"");
  ASSERT_NE(at, std::string::npos);
  const std::string line = text.substr(at, text.find('\n', at) - at);
  EXPECT_TRUE(line.ends_with("} 28")) << line;
}

// In front of an application that greets, which is this listener again: its next connection.
struct GreetedClients : InboundConnections {
  explicit GreetedClients(Config with = everyone_is_served())
      : InboundConnections(std::move(with)) {}

  // The application's end of the connection that the proxy opens.
  std::unique_ptr<runtime::Socket> greet() {
    auto application = testing::accept_one(t, *listener);
    say(*application, "220 ready\r\n");
    return application;
  }
  void say(runtime::Socket& socket, std::string text) {
    const iovec piece{text.data(), text.size()};
    SEINE_CHECK(socket.try_write({&piece, 1}).bytes == text.size(), "not written");
    t.settle();
  }
  std::string read(runtime::Socket& socket) {
    ReadAhead said;
    if (!t.run(read_more(t.loop, socket, said))) return {};
    return std::string(said.view());
  }
  double detected(std::string_view result) {
    return WorkerLab::counted("inbound_tcp_detect_http_results_total",
                              "result=\"" + std::string(result) + "\"");
  }
  FirstSpeakers::Habit habit() {
    return context.first_speakers.inbound.of(listener->addr(), t.loop.now());
  }

  double opened_to_application() { return WorkerLab::counted("tcp_open_total", "peer=\"dst\""); }
};

TEST(GreetedClients, are_greeted_after_a_tenth_of_the_detect_timeout_and_raw_from_then_on) {
  GreetedClients lab;
  auto client = lab.connect("");
  lab.t.advance(1100ms);
  auto application = lab.greet();
  EXPECT_EQ(lab.read(*client), "220 ready\r\n");
  lab.say(*client, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(lab.read(*application), "GET / HTTP/1.1\r\n\r\n") << "it is raw, whatever is said";
  EXPECT_EQ(lab.detected("server_first"), 1);
  EXPECT_EQ(lab.habit(), FirstSpeakers::Habit::kServer);
}

TEST(GreetedClients, that_speak_http_at_once_are_served_as_such_and_put_the_port_in_doubt) {
  GreetedClients lab;
  lab.context.first_speakers.inbound.note(lab.listener->addr(), FirstSpeakers::Habit::kServer,
                                          lab.t.loop.now());
  auto client = lab.connect("GET / HTTP/1.1\r\nHost: web\r\n\r\n");
  auto application = testing::accept_one(lab.t, *lab.listener);
  EXPECT_TRUE(lab.read(*application).starts_with("GET / HTTP/1.1\r\n"));
  EXPECT_EQ(lab.detected("http/1"), 1);
  EXPECT_EQ(lab.habit(), FirstSpeakers::Habit::kUnknown);
}

TEST(GreetedClients, that_leave_without_a_word_unlearn_nothing) {
  for (const auto habit : {FirstSpeakers::Habit::kServer, FirstSpeakers::Habit::kClient}) {
    GreetedClients lab;
    lab.context.first_speakers.inbound.note(lab.listener->addr(), habit, lab.t.loop.now());
    auto client = lab.connect("");
    lab.t.advance(12s);  // it is no TLS by then
    client.reset();
    lab.t.settle();
    EXPECT_EQ(lab.habit(), habit);
  }
}

TEST(GreetedClients, are_waited_for_where_others_speak_first) {
  GreetedClients lab;
  lab.context.first_speakers.inbound.note(lab.listener->addr(), FirstSpeakers::Habit::kClient,
                                          lab.t.loop.now());
  auto client = lab.connect("");
  lab.t.advance(15s);
  EXPECT_EQ(lab.detected("server_first"), 0);
  EXPECT_EQ(lab.opened_to_application(), 0) << "an idle client opens nothing";
  lab.say(*client, "GET / HTTP/1.1\r\nHost: web\r\n\r\n");
  EXPECT_TRUE(lab.read(*testing::accept_one(lab.t, *lab.listener)).starts_with("GET / "));
  EXPECT_EQ(lab.detected("http/1"), 1);
}

TEST(GreetedClients, wait_for_the_timeouts_in_linkerds_way) {
  Config config = everyone_is_served();
  config.learns_first_speakers = false;
  GreetedClients lab(std::move(config));
  auto client = lab.connect("");
  lab.t.advance(19s);
  EXPECT_EQ(lab.opened_to_application(), 0);
  lab.t.advance(2s);
  auto application = lab.greet();
  EXPECT_EQ(lab.read(*client), "220 ready\r\n");
  EXPECT_EQ(lab.detected("read_timeout"), 1);
  EXPECT_EQ(lab.habit(), FirstSpeakers::Habit::kUnknown);
}

TEST(GreetedClients, that_may_not_come_in_open_nothing) {
  GreetedClients lab;
  auto policy = std::make_shared<model::ServerPolicy>(*testing::open_policy());
  policy->authorizations.clear();
  const auto lease = lab.policies.lease(lab.listener->addr().port);
  lab.policies.publish(lab.listener->addr().port, policy);
  auto client = lab.connect("");
  lab.t.advance(15s);
  EXPECT_EQ(lab.opened_to_application(), 0);
  EXPECT_EQ(lab.detected("server_first"), 0);
}

}  // namespace
}  // namespace seine::proxy
