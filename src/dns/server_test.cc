// SPDX-License-Identifier: Apache-2.0
#include "dns/server.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "dns/exchange.h"
#include "dns/framing.h"
#include "dns/resolver.h"
#include "dns/testing/fake_server.h"
#include "dns/testing/shop_zone.h"
#include "runtime/combine.h"
#include "runtime/socket.h"
#include "runtime/testing/test_loop.h"

namespace seine::dns {
namespace {

using runtime::Task;
using std::chrono::seconds;
using Bytes = std::vector<std::uint8_t>;

constexpr char kWeb[] = "web.shop.svc.cluster.local";

Name name_of(std::string_view text) {
  return Name::from_text(text).value();
}

// Everyone on loopback is a pod of one namespace.
class OneNamespace final : public ClientNamespaces {
 public:
  std::string namespace_of(const IpAddress& client) const override {
    return client.is_loopback() ? name : "";
  }
  std::string name = "shop";
};

class ServerTest : public ::testing::Test {
 protected:
  void start() {
    const SocketAddr any{IpAddress::v4(0x7f000001), 0};
    server_ = Server::listen({t_.loop, clients_, counters_, forwarder_}, any, testing::shop_zone(),
                             limits_)
                  .value();
  }
  const ServerCounters& counters() const { return counters_; }
  std::uint64_t udp(Outcome outcome) const {
    return counters().udp[static_cast<std::size_t>(outcome)];
  }
  std::uint64_t tcp(Outcome outcome) const {
    return counters().tcp[static_cast<std::size_t>(outcome)];
  }

  static Message query(std::string_view name, Type type = Type::kA) {
    return make_query(random_id(), name_of(name), type);
  }
  Message by_udp(const Message& query) {
    return t_.run(exchange_udp(t_.loop, query, server_->addr())).value().message;
  }
  Message by_tcp(const Message& query) {
    return t_.run(exchange_tcp(t_.loop, query, server_->addr())).value().message;
  }
  // The server sees the connection some turns later.
  std::unique_ptr<runtime::Socket> connect() {
    const auto before = counters().connections + counters().connections_refused;
    auto socket = t_.run(runtime::connect_tcp(t_.loop, server_->addr(), {})).value();
    until([&] { return counters().connections + counters().connections_refused > before; });
    return socket;
  }
  void until(const std::function<bool()>& holds) {
    for (int i = 0; i < 100'000 && !holds(); ++i) t_.loop.run_turn(false);
    ASSERT_TRUE(holds());
  }
  Result<Message> read_answer(runtime::Socket& socket) {
    const auto bytes = t_.run(read_framed(t_.loop, socket, kMaxMessageBytes));
    if (!bytes) return fail(bytes.error());
    return parse_message(*bytes);
  }
  void write(runtime::Socket& socket, const Message& query) {
    ASSERT_TRUE(t_.run(write_framed(t_.loop, socket, build_message(query).bytes)));
  }
  // Whether the server closed in good order: an end, not a reset.
  bool is_closed(runtime::Socket& socket) {
    const auto answer = read_answer(socket);
    return !answer && answer.error().code == ErrorCode::kEof;
  }

  runtime::testing::TestLoop t_;
  OneNamespace clients_;
  Forwarder* forwarder_ = nullptr;
  ServerLimits limits_;
  ServerCounters counters_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, answers_by_udp_and_by_tcp) {
  start();
  const Record expected{.name = name_of(kWeb), .ttl = 5, .data = A{{10, 96, 0, 1}}};
  EXPECT_EQ(by_udp(query(kWeb)).answers, std::vector{expected});
  EXPECT_EQ(by_tcp(query(kWeb)).answers, std::vector{expected});
  EXPECT_EQ(by_udp(query("example.com")).rcode, Rcode::kRefused);
  EXPECT_EQ(udp(Outcome::kAnswered), 1u);
  EXPECT_EQ(tcp(Outcome::kAnswered), 1u);
  EXPECT_EQ(udp(Outcome::kRefused), 1u);
}

TEST_F(ServerTest, knows_the_askers_namespace_by_its_address) {
  start();
  EXPECT_EQ(by_udp(query("web")).answers.at(0).data, Rdata(A{{10, 96, 0, 1}}));
  clients_.name = "other";
  EXPECT_EQ(by_udp(query("web")).answers.at(0).data, Rdata(A{{10, 96, 0, 2}}));
  EXPECT_EQ(by_tcp(query("web")).answers.at(0).data, Rdata(A{{10, 96, 0, 2}}));
}

TEST_F(ServerTest, answers_from_the_zone_published_last) {
  start();
  ZoneSpec spec = testing::shop_spec();
  spec.services[0].addresses = {IpAddress::v4(0x0a600009)};
  server_->publish(Zone::make(spec).value());
  EXPECT_EQ(by_udp(query(kWeb)).answers.at(0).data, Rdata(A{{10, 96, 0, 9}}));
}

TEST_F(ServerTest, lets_queries_wait_for_its_first_zone) {
  struct Local {
    static runtime::Task<void> ask(runtime::Task<Result<Reply>> exchange, int& answered) {
      const auto reply = co_await std::move(exchange);
      answered += reply && !reply->message.answers.empty() ? 1 : 0;
    }
  };
  const SocketAddr any{IpAddress::v4(0x7f000001), 0};
  server_ =
      Server::listen({t_.loop, clients_, counters_, forwarder_}, any, nullptr, limits_).value();
  const Message asked = query(kWeb);
  int answered = 0;
  runtime::TaskScope asking(t_.loop, [](Error) {});
  asking.spawn(Local::ask(exchange_udp(t_.loop, asked, server_->addr()), answered));
  asking.spawn(Local::ask(exchange_tcp(t_.loop, asked, server_->addr()), answered));
  t_.settle();
  EXPECT_EQ(answered, 0);
  server_->publish(testing::shop_zone());
  until([&] { return answered == 2; });
}

TEST_F(ServerTest, ends_once_closed_though_it_never_had_a_zone) {
  const SocketAddr any{IpAddress::v4(0x7f000001), 0};
  server_ =
      Server::listen({t_.loop, clients_, counters_, forwarder_}, any, nullptr, limits_).value();
  server_->close();
  server_->publish(testing::shop_zone());
  t_.run(server_->finished());
}

TEST_F(ServerTest, tells_who_gets_too_little_by_udp_to_ask_by_tcp) {
  ZoneSpec spec = testing::shop_spec();
  for (std::uint32_t i = 0; i < 60; ++i) {
    spec.services[1].pods.push_back({"more-" + std::to_string(i), IpAddress::v4(0x0a610100 + i)});
  }
  start();
  server_->publish(Zone::make(spec).value());
  Message small = query("ledger.shop.svc.cluster.local");
  small.edns.reset();
  EXPECT_TRUE(by_udp(small).truncated);
  EXPECT_EQ(counters().truncated, 1u);
  EXPECT_FALSE(by_udp(query("ledger.shop.svc.cluster.local")).truncated);
  // The whole way: SRV of 62 pods is over 1232 bytes too.
  ResolverConfig config;
  config.system.servers = {server_->addr()};
  Resolver resolver(t_.loop, config);
  const auto found = t_.run(resolver.resolve("ledger.shop.svc.cluster.local.", 80));
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_EQ(found->addrs.size(), 62u);
  EXPECT_EQ(found->addrs[0].port, 50051);
  EXPECT_EQ(tcp(Outcome::kAnswered), 1u);
}

TEST_F(ServerTest, says_nothing_to_responses_and_goes_on) {
  start();
  Message response = query(kWeb);
  response.is_response = true;
  const auto socket = runtime::DatagramSocket::connected(t_.loop, server_->addr()).value();
  for (const Bytes& bytes : {build_message(response).bytes, Bytes{1, 2, 3}, Bytes()}) {
    ASSERT_TRUE(socket->send(std::as_bytes(std::span(bytes))));
  }
  const Bytes large(kMaxQueryBytes + 1);
  ASSERT_TRUE(socket->send(std::as_bytes(std::span(large))));
  until([&] { return counters().oversized == 1; });
  EXPECT_EQ(udp(Outcome::kIgnored), 3u);
  // What this socket gets first is the answer to what it asks now.
  const Message asked = query(kWeb);
  const Bytes bytes = build_message(asked).bytes;
  ASSERT_TRUE(socket->send(std::as_bytes(std::span(bytes))));
  std::array<std::byte, 512> answer{};
  const auto received = t_.run(socket->recv_from(answer));
  ASSERT_TRUE(received);
  EXPECT_EQ(static_cast<std::uint16_t>(answer[0]) << 8 | static_cast<std::uint16_t>(answer[1]),
            asked.id);
}

TEST_F(ServerTest, answers_many_queries_of_one_connection_in_order) {
  start();
  const auto socket = connect();
  std::vector<std::uint16_t> ids;
  for (int i = 0; i < 100; ++i) {
    const Message asked = query(i % 2 == 0 ? kWeb : "none.cluster.local");
    ids.push_back(asked.id);
    write(*socket, asked);
  }
  socket->shutdown_write();
  for (const std::uint16_t id : ids) EXPECT_EQ(read_answer(*socket).value().id, id);
  EXPECT_TRUE(is_closed(*socket));
  EXPECT_EQ(tcp(Outcome::kAnswered), 50u);
  EXPECT_EQ(tcp(Outcome::kNxDomain), 50u);
}

TEST_F(ServerTest, closes_a_connection_that_is_idle) {
  start();
  const auto socket = connect();
  t_.advance(seconds(9), seconds(1));
  write(*socket, query(kWeb));
  EXPECT_TRUE(read_answer(*socket));
  t_.advance(seconds(9), seconds(1));
  EXPECT_EQ(counters().connections_timed_out, 0u);
  t_.advance(seconds(2), seconds(1));
  EXPECT_EQ(counters().connections_timed_out, 1u);
  EXPECT_TRUE(is_closed(*socket));
}

TEST_F(ServerTest, closes_a_connection_whose_query_comes_too_slowly) {
  start();
  const auto socket = connect();
  const auto send = [&socket](Bytes bytes) {
    const iovec piece{bytes.data(), bytes.size()};
    return socket->try_write({&piece, 1}).status == runtime::IoResult::Status::kOk;
  };
  ASSERT_TRUE(send({0, 200}));
  for (int i = 0; i < 9; ++i) {
    t_.advance(seconds(1), seconds(1));
    ASSERT_TRUE(send({'x'}));
  }
  EXPECT_EQ(counters().connections_timed_out, 0u);
  t_.advance(seconds(1), seconds(1));
  t_.advance(seconds(1), seconds(1));
  EXPECT_EQ(counters().connections_timed_out, 1u);
}

TEST_F(ServerTest, takes_no_more_connections_than_its_limits) {
  limits_.connections = 2;
  start();
  auto first = connect();
  const auto second = connect();
  const auto third = connect();
  EXPECT_EQ(counters().connections_refused, 1u);
  EXPECT_TRUE(is_closed(*third));
  write(*second, query(kWeb));
  EXPECT_TRUE(read_answer(*second));
  first.reset();
  t_.settle();
  const auto fourth = connect();
  write(*fourth, query(kWeb));
  EXPECT_TRUE(read_answer(*fourth));
  EXPECT_EQ(counters().connections, 3u);
}

TEST_F(ServerTest, takes_no_more_connections_of_one_client_than_its_limit) {
  limits_.connections_per_client = 1;
  start();
  const auto first = connect();
  const auto second = connect();
  EXPECT_EQ(counters().connections_refused, 1u);
  EXPECT_TRUE(is_closed(*second));
}

TEST_F(ServerTest, closes_in_good_order_after_its_limit_of_queries) {
  limits_.queries_per_connection = 3;
  start();
  const auto socket = connect();
  for (int i = 0; i < 5; ++i) write(*socket, query(kWeb));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(read_answer(*socket));
  EXPECT_TRUE(is_closed(*socket));
  EXPECT_EQ(counters().connections_used_up, 1u);
  EXPECT_EQ(tcp(Outcome::kAnswered), 3u);
}

TEST_F(ServerTest, closes_a_connection_that_sends_no_queries) {
  start();
  Message response = query(kWeb);
  response.is_response = true;
  const auto first = connect();
  write(*first, response);
  EXPECT_TRUE(is_closed(*first));
  EXPECT_EQ(tcp(Outcome::kIgnored), 1u);
  const auto second = connect();
  const Bytes length{0xff, 0xff};
  const iovec piece{const_cast<std::uint8_t*>(length.data()), length.size()};
  ASSERT_EQ(second->try_write({&piece, 1}).status, runtime::IoResult::Status::kOk);
  EXPECT_TRUE(is_closed(*second));
  EXPECT_EQ(counters().oversized, 1u);
}

TEST_F(ServerTest, cannot_listen_where_somebody_does) {
  start();
  const auto second =
      Server::listen({t_.loop, clients_, counters_}, server_->addr(), testing::shop_zone(), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST_F(ServerTest, takes_no_queries_and_ends_idle_connections_once_closed) {
  start();
  const auto socket = connect();
  const auto asking = runtime::DatagramSocket::connected(t_.loop, server_->addr()).value();
  server_->close();
  const Bytes bytes = build_message(query(kWeb)).bytes;
  ASSERT_TRUE(asking->send(std::as_bytes(std::span(bytes))));
  t_.run(server_->finished());
  EXPECT_TRUE(is_closed(*socket));
  EXPECT_EQ(counters().udp, ServerCounters().udp);
  const auto late = t_.run(runtime::connect_tcp(t_.loop, server_->addr(), {}));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kConnectRefused);
}

class ForwardingServerTest : public ServerTest {
 protected:
  ForwardingServerTest() {
    forwarder_ = &upstream_forwarder_;
    upstream_.records = {{.name = name_of("example.com"), .ttl = 60, .data = A{{192, 0, 2, 1}}}};
  }

  testing::FakeServer upstream_{t_.loop};
  UpstreamForwarder upstream_forwarder_{t_.loop, {.servers = {upstream_.addr()}}};
};

TEST_F(ForwardingServerTest, passes_on_what_is_not_its_own) {
  start();
  for (const Message& response : {by_udp(query("example.com")), by_tcp(query("example.com"))}) {
    EXPECT_EQ(response.answers.at(0).data, Rdata(A{{192, 0, 2, 1}}));
  }
  EXPECT_EQ(by_udp(query(kWeb)).answers.at(0).data, Rdata(A{{10, 96, 0, 1}}));
  EXPECT_EQ(upstream_.questions, 2u);
  EXPECT_EQ(udp(Outcome::kForward), 1u);
  EXPECT_EQ(tcp(Outcome::kForward), 1u);
}

TEST_F(ForwardingServerTest, says_so_where_nobody_answers_in_time) {
  upstream_.silent = true;
  start();
  const auto socket = connect();
  write(*socket, query("example.com"));
  until([&] { return upstream_.questions == 1; });
  t_.advance(seconds(5), std::chrono::milliseconds(100));
  EXPECT_EQ(read_answer(*socket).value().rcode, Rcode::kServFail);
  EXPECT_EQ(counters().forwards_failed, 1u);
}

TEST_F(ForwardingServerTest, passes_on_no_more_at_once_than_its_limit) {
  upstream_.silent = true;
  limits_.forwards = 2;
  start();
  const auto first = connect();
  const auto second = connect();
  write(*first, query("example.com"));
  write(*second, query("example.com"));
  until([&] { return upstream_.questions == 2; });
  EXPECT_EQ(by_udp(query("example.com")).rcode, Rcode::kServFail);
  EXPECT_EQ(counters().forwards_refused, 1u);
  EXPECT_EQ(counters().forwards_failed, 0u);
  // The places of those who went away are free again.
  t_.advance(seconds(5), std::chrono::milliseconds(100));
  upstream_.silent = false;
  EXPECT_EQ(by_udp(query("example.com")).rcode, Rcode::kNoError);
}

TEST_F(ForwardingServerTest, answers_what_is_under_way_once_closed) {
  upstream_.silent = true;
  start();
  const auto socket = connect();
  write(*socket, query("example.com"));
  const auto asking = runtime::DatagramSocket::connected(t_.loop, server_->addr()).value();
  const Bytes bytes = build_message(query("example.com")).bytes;
  ASSERT_TRUE(asking->send(std::as_bytes(std::span(bytes))));
  until([&] { return upstream_.questions == 2; });
  server_->close();
  t_.advance(seconds(5), std::chrono::milliseconds(100));
  t_.run(server_->finished());
  EXPECT_EQ(read_answer(*socket).value().rcode, Rcode::kServFail);
  EXPECT_TRUE(is_closed(*socket));
  std::array<std::byte, 512> answer{};
  EXPECT_TRUE(t_.run(asking->recv_from(answer)));
}

TEST_F(ForwardingServerTest, ends_with_work_under_way) {
  upstream_.silent = true;
  start();
  const auto socket = connect();
  write(*socket, query("example.com"));
  const auto asking = runtime::DatagramSocket::connected(t_.loop, server_->addr()).value();
  const Bytes bytes = build_message(query("example.com")).bytes;
  ASSERT_TRUE(asking->send(std::as_bytes(std::span(bytes))));
  until([&] { return upstream_.questions == 2; });
  server_.reset();
  EXPECT_TRUE(is_closed(*socket));
}

}  // namespace
}  // namespace seine::dns
