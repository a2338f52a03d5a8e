// SPDX-License-Identifier: Apache-2.0
#include "netns/egress_relay.h"

#include <sched.h>

#include "netns/egress_client.h"
#include "netns/egress_header.h"
#include "netns/links.h"
#include "netns/testing/kernel_test.h"
#include "netns/testing/sockets.h"
#include "runtime/testing/test_loop.h"

namespace seine::netns {
namespace {

using runtime::Bytes;
using runtime::EventLoop;
using runtime::IoResult;
using runtime::Socket;
using runtime::Task;
using runtime::testing::TestLoop;

IpAddress ip(std::string_view text) {
  return IpAddress::parse(text).value();
}

Task<std::string> read_to_end(EventLoop& loop, Socket& socket) {
  std::string all;
  runtime::Waker waker(loop);
  for (;;) {
    Bytes block;
    const IoResult read = runtime::read_block(socket, loop.pool(), block);
    if (read.status == IoResult::Status::kWouldBlock) {
      co_await runtime::read_ready(socket, waker);
    } else if (read.status == IoResult::Status::kOk) {
      all += block.view();
    } else {
      co_return read.status == IoResult::Status::kEof ? all : all + "(broken off)";
    }
  }
}

// What a proxy meets that sends `bytes`, and then no more.
Task<std::string> ask(EventLoop& loop, SocketAddr relay, std::string bytes) {
  auto socket = co_await runtime::connect_tcp(loop, relay, {});
  if (!socket) co_return socket.error().to_string();
  const iovec piece{bytes.data(), bytes.size()};
  (*socket)->try_write({&piece, 1});
  (*socket)->shutdown_write();
  co_return co_await read_to_end(loop, **socket);
}

// Accepts one connection and sends what it read, once the client is done, and then itself.
Task<void> echo_one(EventLoop& loop, runtime::Listener& listener) {
  auto client = co_await listener.accept();
  const std::string heard = co_await read_to_end(loop, **client);
  const std::string answer = "heard " + heard;
  const iovec piece{const_cast<char*>(answer.data()), answer.size()};
  (*client)->try_write({&piece, 1});
}

// A relay on this process's loopback, where one port is open.
struct Lab {
  explicit Lab(EgressOptions options = {}) {
    auto listener = NetworkNamespace::current()->tcp_listener({ip("127.0.0.1"), 0});
    options.policy.host_ports.insert(server->addr().port);
    auto started = EgressRelay::start(t.loop, std::move(*listener), std::move(options), log);
    EXPECT_TRUE(started) << started.error().to_string();
    relay = std::move(*started);
  }
  SocketAddr at() const { return relay->addr(); }
  std::string request() const { return write_egress_request(server->addr()); }

  TestLoop t;
  Log log{t.clock, 2, LogLevel::kOff, LogFormat::kPlain};
  std::unique_ptr<runtime::Listener> server =
      runtime::Listener::tcp(t.loop, {ip("127.0.0.1"), 0}, {}).value();
  std::unique_ptr<EgressRelay> relay;
};

TEST(EgressRelay, copies_both_ways_and_passes_the_half_close_on) {
  Lab lab;
  runtime::TaskScope scope(lab.t.loop, [](Error) {});
  scope.spawn(echo_one(lab.t.loop, *lab.server));
  EXPECT_EQ(lab.t.run(ask(lab.t.loop, lab.at(), lab.request() + "hello")), "ok\nheard hello");
  lab.t.settle();
  EXPECT_EQ(lab.relay->counters().accepted, 1u);
  EXPECT_EQ(lab.relay->counters().open, 0u);
}

// Accepts one connection, sends a part of an answer and breaks off.
Task<void> break_off_one(runtime::Listener& listener) {
  auto client = co_await listener.accept();
  std::string part = "part";
  const iovec piece{part.data(), part.size()};
  (*client)->try_write({&piece, 1});
  (*client)->abort();
}

TEST(EgressRelay, an_answer_that_is_broken_off_does_not_pass_for_the_whole) {
  Lab lab;
  runtime::TaskScope scope(lab.t.loop, [](Error) {});
  scope.spawn(break_off_one(*lab.server));
  EXPECT_TRUE(lab.t.run(ask(lab.t.loop, lab.at(), lab.request())).ends_with("(broken off)"));
}

// Greets one connection before it has said anything.
Task<void> greet_one(runtime::Listener& listener, std::unique_ptr<Socket>& kept) {
  kept = (co_await listener.accept()).value();
  std::string greeting = "220 hello\n";
  const iovec piece{greeting.data(), greeting.size()};
  kept->try_write({&piece, 1});
}

TEST(EgressClient, is_connected_to_the_outside_which_may_speak_first) {
  Lab lab;
  std::unique_ptr<Socket> server;
  runtime::TaskScope scope(lab.t.loop, [](Error) {});
  scope.spawn(greet_one(*lab.server, server));
  auto socket = lab.t.run(connect_by_egress(lab.t.loop, lab.at(), lab.server->addr(), {}));
  ASSERT_TRUE(socket) << socket.error().to_string();
  server.reset();
  EXPECT_EQ(lab.t.run(read_to_end(lab.t.loop, **socket)), "220 hello\n");
}

TEST(EgressClient, fails_with_what_the_relay_met) {
  Lab lab;
  const auto connect = [&](const SocketAddr& relay, const SocketAddr& to) {
    return lab.t.run(connect_by_egress(lab.t.loop, relay, to, {})).error();
  };
  const SocketAddr closed = lab.server->addr();
  lab.server->close();
  EXPECT_EQ(connect(lab.at(), closed).code, ErrorCode::kConnectRefused);
  EXPECT_EQ(connect(lab.at(), {ip("127.0.0.1"), 1}).code, ErrorCode::kUnauthorized);
  EXPECT_EQ(connect(closed, closed).message.find("the egress relay"), 0U);
}

TEST(EgressClient, whatever_else_answers_is_no_relay) {
  Lab lab;
  std::unique_ptr<Socket> server;
  runtime::TaskScope scope(lab.t.loop, [](Error) {});
  scope.spawn(greet_one(*lab.server, server));
  const SocketAddr other = lab.server->addr();
  EXPECT_EQ(lab.t.run(connect_by_egress(lab.t.loop, other, other, {})).error().code,
            ErrorCode::kProtocol);
}

TEST(EgressRelay, tells_what_it_met_with_the_code_of_the_error) {
  Lab lab;
  const SocketAddr closed = lab.server->addr();
  lab.server->close();
  EXPECT_EQ(lab.t.run(ask(lab.t.loop, lab.at(), write_egress_request(closed))),
            "no connect refused; " + closed.to_string() + ": ECONNREFUSED\n");
  EXPECT_EQ(lab.relay->counters().refused, 1u);
}

TEST(EgressRelay, refuses_loopback_on_a_port_that_was_not_opened) {
  Lab lab;
  const auto secret = runtime::Listener::tcp(lab.t.loop, {ip("127.0.0.1"), 0}, {}).value();
  const std::string answer =
      lab.t.run(ask(lab.t.loop, lab.at(), write_egress_request(secret->addr())));
  EXPECT_TRUE(answer.starts_with("no unauthorized; ")) << answer;
  EXPECT_NE(answer.find("--host-port"), std::string::npos);
}

TEST(EgressRelay, what_is_no_request_is_told_so) {
  Lab lab;
  EXPECT_TRUE(
      lab.t.run(ask(lab.t.loop, lab.at(), "GET / HTTP/1.1\r\n\r\n")).starts_with("no protocol"));
  EXPECT_TRUE(lab.t.run(ask(lab.t.loop, lab.at(), "egress/1 ")).starts_with("no "));
}

TEST(EgressRelay, whoever_says_nothing_is_let_go_after_the_deadline) {
  Lab lab;
  auto socket = lab.t.run(runtime::connect_tcp(lab.t.loop, lab.at(), {})).value();
  lab.t.settle();
  EXPECT_EQ(lab.relay->counters().open, 1u);
  lab.t.advance(std::chrono::seconds(6));
  EXPECT_EQ(lab.relay->counters().open, 0u);
  EXPECT_EQ(lab.t.run(read_to_end(lab.t.loop, *socket)),
            "no timeout; no egress request came after 5s\n");
}

TEST(EgressRelay, refuses_more_connections_than_its_limit) {
  Lab lab(EgressOptions{.policy = {}, .max_connections = 1});
  auto first = lab.t.run(runtime::connect_tcp(lab.t.loop, lab.at(), {})).value();
  lab.t.settle();
  EXPECT_TRUE(lab.t.run(ask(lab.t.loop, lab.at(), lab.request())).starts_with("no limit"));
}

TEST(EgressRelay, drained_it_takes_no_more) {
  Lab lab;
  lab.relay->drain();
  EXPECT_NE(lab.t.run(ask(lab.t.loop, lab.at(), lab.request())).find("connect"), std::string::npos);
}

class EgressRelayKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(EgressRelayKernel);

// This process becomes a machine with the address 192.0.2.1 and a neighbour, 192.0.2.2.
struct Machine {
  Machine() {
    EXPECT_EQ(setns(here.fd(), CLONE_NEWNET), 0);
    auto ours = Netlink::open(here).value();
    auto theirs = Netlink::open(neighbour).value();
    const int link = add_veth(ours, "lan0", "lan0", neighbour).value();
    const int peer = link_index(theirs, "lan0").value();
    EXPECT_TRUE(add_address(ours, link, ip("192.0.2.1"), 24) && set_up(ours, link));
    EXPECT_TRUE(add_address(theirs, peer, ip("192.0.2.2"), 24) && set_up(theirs, peer));
  }
  NetworkNamespace here = NetworkNamespace::create().value();
  NetworkNamespace neighbour = NetworkNamespace::create().value();
};

TEST_P(EgressRelayKernel, reaches_a_neighbour_but_not_the_machine_by_its_own_address) {
  run([] {
    const Machine machine;
    const testing::Greeter outside(machine.neighbour, "192.0.2.2:443", "neighbour");
    const testing::Greeter own(machine.here, "0.0.0.0:5432", "database");
    Lab lab;
    const auto reach = [&](std::string_view to) {
      return lab.t.run(
          ask(lab.t.loop, lab.at(), write_egress_request(SocketAddr::parse(to).value())));
    };
    EXPECT_EQ(reach("192.0.2.2:443"), "ok\nneighbour 192.0.2.2:443");
    EXPECT_TRUE(reach("192.0.2.1:5432").starts_with("no unauthorized"));
    EXPECT_TRUE(reach("127.0.0.1:5432").starts_with("no unauthorized"));
    EXPECT_TRUE(reach("198.51.100.1:80").starts_with("no connect error"))
        << reach("198.51.100.1:80");
  });
}

}  // namespace
}  // namespace seine::netns
