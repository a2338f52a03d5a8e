// SPDX-License-Identifier: Apache-2.0
#include "runtime/datagram.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using std::chrono::seconds;
using testing::TestLoop;

const SocketAddr kLoopback{IpAddress::v4(0x7f000001), 0};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

struct Message {
  std::string text;
  SocketAddr from;
  bool truncated = false;
};

Task<Result<Message>> receive(DatagramSocket& socket, std::size_t room = 64) {
  std::array<std::byte, 64> buffer;
  auto received = co_await socket.recv_from(std::span(buffer).first(room));
  if (!received) co_return fail(received.error());
  co_return Message{std::string(reinterpret_cast<const char*>(buffer.data()), received->size),
                    received->from, received->truncated};
}

TEST(DatagramSocket, carries_datagrams_both_ways_between_known_addresses) {
  TestLoop t;
  auto server = DatagramSocket::bound(t.loop, kLoopback).value();
  auto client = DatagramSocket::connected(t.loop, server->addr()).value();
  ASSERT_TRUE(client->send(bytes_of("ask")).has_value());
  const Message question = t.run(receive(*server)).value();
  EXPECT_EQ(question.text, "ask");
  EXPECT_EQ(question.from, client->addr());
  ASSERT_TRUE(server->send_to(bytes_of("answer"), question.from).has_value());
  const Message answer = t.run(receive(*client)).value();
  EXPECT_EQ(answer.text, "answer");
  EXPECT_EQ(answer.from, server->addr());
}

TEST(DatagramSocket, keeps_the_border_between_two_datagrams_of_one_edge) {
  TestLoop t;
  auto server = DatagramSocket::bound(t.loop, kLoopback).value();
  auto client = DatagramSocket::connected(t.loop, server->addr()).value();
  ASSERT_TRUE(client->send(bytes_of("one")).has_value());
  ASSERT_TRUE(client->send(bytes_of("")).has_value());
  ASSERT_TRUE(client->send(bytes_of("three")).has_value());
  EXPECT_EQ(t.run(receive(*server))->text, "one");
  EXPECT_EQ(t.run(receive(*server))->text, "");
  EXPECT_EQ(t.run(receive(*server))->text, "three");
}

TEST(DatagramSocket, says_that_a_datagram_did_not_fit) {
  TestLoop t;
  auto server = DatagramSocket::bound(t.loop, kLoopback).value();
  auto client = DatagramSocket::connected(t.loop, server->addr()).value();
  ASSERT_TRUE(client->send(bytes_of("longer than four")).has_value());
  const Message message = t.run(receive(*server, 4)).value();
  EXPECT_EQ(message.text, "long");
  EXPECT_TRUE(message.truncated);
}

TEST(DatagramSocket, reports_a_refusal_and_stays_usable) {
  TestLoop t;
  SocketAddr nobody;
  {
    auto gone = DatagramSocket::bound(t.loop, kLoopback).value();
    nobody = gone->addr();
  }
  auto client = DatagramSocket::connected(t.loop, nobody).value();
  ASSERT_TRUE(client->send(bytes_of("hello")).has_value());
  const auto refused = t.run(receive(*client));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kConnectRefused);
  auto server = DatagramSocket::bound(t.loop, nobody).value();
  ASSERT_TRUE(client->send(bytes_of("again")).has_value());
  EXPECT_EQ(t.run(receive(*server))->text, "again");
}

TEST(DatagramSocket, gives_up_at_the_deadline_and_receives_again_later) {
  TestLoop t;
  auto server = DatagramSocket::bound(t.loop, kLoopback).value();
  std::optional<Result<Message>> result;
  struct Local {
    static Task<void> limited(EventLoop& loop, DatagramSocket& socket,
                              std::optional<Result<Message>>& out) {
      out = co_await with_deadline(loop, seconds(2), ErrorCode::kTimeout, "dns answer",
                                   receive(socket));
    }
  };
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(Local::limited(t.loop, *server, result));
    t.advance(seconds(3));
  }
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->error().message, "dns answer after 2s");
  ASSERT_TRUE(server->send_to(bytes_of("late"), server->addr()).has_value());
  EXPECT_EQ(t.run(receive(*server))->text, "late");
}

TEST(DatagramSocket, goes_on_with_a_descriptor_that_is_bound_already) {
  TestLoop t;
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
  auto adopted = DatagramSocket::adopt(t.loop, fd).value();
  ASSERT_NE(adopted->addr().port, 0);
  ASSERT_TRUE(adopted->send_to(bytes_of("self"), adopted->addr()).has_value());
  EXPECT_EQ(t.run(receive(*adopted))->text, "self");
}

TEST(DatagramSocket, refuses_an_address_that_is_taken) {
  TestLoop t;
  auto first = DatagramSocket::bound(t.loop, kLoopback).value();
  const auto second = DatagramSocket::bound(t.loop, first->addr());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().to_string(),
            "unavailable: cannot bind to " + first->addr().to_string() + ": EADDRINUSE");
}

}  // namespace
}  // namespace seine::runtime
