// SPDX-License-Identifier: Apache-2.0
// Real sockets on loopback: what the kernel does is the point here.
#include "runtime/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "gtest/gtest.h"

#include "runtime/listener.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using std::chrono::seconds;
using testing::TestLoop;
using Status = IoResult::Status;

const SocketAddr kLoopback{IpAddress::v4(0x7f000001), 0};

// Two ends of one connection.
struct Pair {
  TestLoop t;
  std::unique_ptr<Listener> listener = Listener::tcp(t.loop, kLoopback, {}).value();
  std::unique_ptr<Socket> client = t.run(connect_tcp(t.loop, listener->addr(), {})).value();
  std::unique_ptr<Socket> server = t.run(listener->accept()).value();

  // Lets the kernel's events of both ends reach the sockets.
  void turns() {
    for (int i = 0; i < 20; ++i) t.loop.run_turn(/*may_block=*/false);
  }
};

IoResult write(Socket& socket, std::string_view text) {
  const iovec piece{const_cast<char*>(text.data()), text.size()};
  return socket.try_write({&piece, 1});
}

struct Read {
  std::string text;
  Status end;
};

// Reads until there is nothing to read now, with a buffer of `room` bytes.
Read read_now(Socket& socket, std::size_t room = 65536) {
  std::string buffer(room, '\0');
  Read read;
  for (;;) {
    const IoResult result = socket.try_read(std::as_writable_bytes(std::span(buffer)));
    read.end = result.status;
    if (result.status != Status::kOk) return read;
    read.text.append(buffer, 0, result.bytes);
  }
}

// Waits for `want` bytes or an end.
Task<Read> read_until(EventLoop& loop, Socket& socket, std::size_t want) {
  Waker waker(loop);
  Read all;
  for (;;) {
    Read read = read_now(socket);
    all.text += read.text;
    all.end = read.end;
    if (read.end != Status::kWouldBlock || all.text.size() >= want) co_return all;
    co_await read_ready(socket, waker);
  }
}

TEST(Socket, carries_bytes_both_ways_and_counts_them) {
  Pair pair;
  EXPECT_EQ(write(*pair.client, "question").bytes, 8U);
  EXPECT_EQ(pair.t.run(read_until(pair.t.loop, *pair.server, 8)).text, "question");
  EXPECT_EQ(write(*pair.server, "answer").bytes, 6U);
  EXPECT_EQ(pair.t.run(read_until(pair.t.loop, *pair.client, 6)).text, "answer");
  EXPECT_EQ(pair.client->bytes_written(), 8U);
  EXPECT_EQ(pair.client->bytes_read(), 6U);
  EXPECT_EQ(pair.client->local_addr().value(), pair.server->peer_addr().value());
  EXPECT_EQ(pair.server->local_addr().value(), pair.listener->addr());
}

std::uint32_t mark_of(const Socket& socket) {
  std::uint32_t mark = 0;
  socklen_t size = sizeof mark;
  EXPECT_EQ(getsockopt(socket.fd(), SOL_SOCKET, SO_MARK, &mark, &size), 0);
  return mark;
}

// Without the privilege a connection fails rather than go around a rule.
TEST(Socket, connections_are_marked_or_not_made) {
  TestLoop t;
  auto listener = Listener::tcp(t.loop, kLoopback, {}).value();
  auto marked = t.run(connect_tcp(t.loop, listener->addr(), {.mark = 7}));
  const bool permitted = marked.has_value();
  EXPECT_EQ(Listener::tcp(t.loop, kLoopback, {.mark = 7}).has_value(), permitted);
  if (permitted) {
    EXPECT_EQ(mark_of(**marked), 7U);
    EXPECT_EQ(mark_of(*t.run(connect_tcp(t.loop, listener->addr(), {})).value()), 0U);
  } else {
    EXPECT_EQ(marked.error().code, ErrorCode::kConnect);
    EXPECT_EQ(marked.error().cause_code, EPERM);
  }
}

TEST(Socket, without_redirection_the_original_destination_is_the_local_address) {
  Pair pair;
  EXPECT_EQ(pair.server->original_dst().value(), pair.listener->addr());
}

TEST(Socket, reads_nothing_before_an_edge_and_everything_after_one) {
  Pair pair;
  pair.turns();
  ASSERT_EQ(write(*pair.client, "abc").bytes, 3U);
  // The bytes are here, the event is not: no system call is spent on a guess.
  EXPECT_EQ(read_now(*pair.server).end, Status::kWouldBlock);
  pair.turns();
  EXPECT_EQ(read_now(*pair.server).text, "abc");
}

TEST(Socket, a_read_that_fills_its_buffer_leaves_the_rest_readable) {
  Pair pair;
  ASSERT_EQ(write(*pair.client, "0123456789").bytes, 10U);
  pair.turns();
  std::array<std::byte, 4> four;
  EXPECT_EQ(pair.server->try_read(four).bytes, 4U);
  pair.turns();  // no new edge comes for the rest
  EXPECT_EQ(pair.server->try_read(four).bytes, 4U);
  EXPECT_EQ(pair.server->try_read(four).bytes, 2U);
  EXPECT_EQ(pair.server->try_read(four).status, Status::kWouldBlock);
}

TEST(Socket, bytes_that_come_after_a_short_read_raise_an_edge) {
  Pair pair;
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(write(*pair.client, "x").bytes, 1U);
    EXPECT_EQ(pair.t.run(read_until(pair.t.loop, *pair.server, 1)).text, "x");
  }
}

TEST(Socket, an_end_behind_pending_bytes_is_read_after_them) {
  Pair pair;
  ASSERT_EQ(write(*pair.client, "last words").bytes, 10U);
  pair.client->shutdown_write();
  pair.turns();
  const Read read = read_now(*pair.server);
  EXPECT_EQ(read.text, "last words");
  EXPECT_EQ(read.end, Status::kEof);
  EXPECT_EQ(read_now(*pair.server).end, Status::kEof);
}

TEST(Socket, an_end_that_comes_between_the_event_and_the_read_is_not_lost) {
  Pair pair;
  ASSERT_EQ(write(*pair.client, "abc").bytes, 3U);
  pair.turns();                   // the event says: bytes
  pair.client->shutdown_write();  // and now the end is in the queue too
  EXPECT_EQ(read_now(*pair.server).text, "abc");
  EXPECT_EQ(pair.t.run(read_until(pair.t.loop, *pair.server, 1)).end, Status::kEof);
}

TEST(Socket, a_half_closed_connection_still_carries_the_other_way) {
  Pair pair;
  pair.client->shutdown_write();
  pair.turns();
  EXPECT_EQ(read_now(*pair.server).end, Status::kEof);
  EXPECT_FALSE(pair.server->hung_up());
  EXPECT_FALSE(pair.client->hung_up());
  ASSERT_EQ(write(*pair.server, "still here").bytes, 10U);
  EXPECT_EQ(pair.t.run(read_until(pair.t.loop, *pair.client, 10)).text, "still here");
  pair.server->shutdown_write();
  pair.turns();
  EXPECT_EQ(read_now(*pair.client).end, Status::kEof);
  EXPECT_TRUE(pair.server->hung_up());
}

struct Counter final : Wakeable {
  void on_wake() override { ++wakes; }
  int wakes = 0;
};

TEST(Socket, a_hang_up_wakes_its_watcher_and_a_half_close_does_not) {
  Pair pair;
  Counter hangup;
  pair.server->arm_hangup(hangup);
  pair.client->shutdown_write();
  pair.turns();
  EXPECT_EQ(hangup.wakes, 0);
  pair.client->abort();
  pair.turns();
  EXPECT_EQ(hangup.wakes, 1);
  EXPECT_TRUE(pair.server->hung_up());
}

TEST(Socket, an_abort_is_an_error_to_the_peer_even_with_bytes_still_queued) {
  Pair pair;
  const std::string large(4 << 20, 'x');
  while (write(*pair.client, large).status == Status::kOk) {
  }
  pair.client->abort();
  const Read read = pair.t.run(read_until(pair.t.loop, *pair.server, ~0ULL));
  EXPECT_EQ(read.end, Status::kError);
  EXPECT_EQ(pair.server->error().to_string(), "read error: cannot read from the peer: ECONNRESET");
}

TEST(Socket, after_its_own_abort_neither_reads_nor_writes) {
  Pair pair;
  Counter reader, writer, hangup;
  pair.turns();
  pair.client->arm_read(reader);
  pair.client->arm_hangup(hangup);
  pair.client->abort();
  EXPECT_EQ(reader.wakes, 1);
  EXPECT_EQ(hangup.wakes, 1);
  EXPECT_TRUE(pair.client->hung_up());
  EXPECT_EQ(read_now(*pair.client).end, Status::kError);
  EXPECT_EQ(write(*pair.client, "x").status, Status::kError);
}

TEST(Socket, a_reset_that_a_write_was_told_of_is_no_clean_end_to_the_reads) {
  Pair pair;
  pair.client->abort();
  pair.turns();
  EXPECT_EQ(write(*pair.server, "x").status, Status::kError);
  EXPECT_EQ(pair.server->last_errno(), ECONNRESET);
  EXPECT_EQ(read_now(*pair.server).end, Status::kError);
}

TEST(Socket, bytes_that_came_before_a_reset_are_still_read) {
  Pair pair;
  ASSERT_EQ(write(*pair.client, "413 too large").bytes, 13U);
  pair.turns();
  pair.client->abort();
  pair.turns();
  EXPECT_EQ(write(*pair.server, "more body").status, Status::kError);
  const Read read = read_now(*pair.server);
  EXPECT_EQ(read.text, "413 too large");
  EXPECT_EQ(read.end, Status::kError);
}

TEST(Socket, a_full_connection_blocks_and_a_reading_peer_frees_it) {
  Pair pair;
  const std::string chunk(1 << 20, 'x');
  std::size_t sent = 0;
  for (IoResult result = write(*pair.client, chunk); result.status == Status::kOk;
       result = write(*pair.client, chunk)) {
    sent += result.bytes;
  }
  Counter writer;
  pair.client->arm_write(writer);
  pair.turns();
  EXPECT_EQ(writer.wakes, 0);
  EXPECT_EQ(pair.t.run(read_until(pair.t.loop, *pair.server, sent)).text.size(), sent);
  pair.turns();
  EXPECT_EQ(writer.wakes, 1);
  EXPECT_EQ(write(*pair.client, "x").status, Status::kOk);
}

TEST(Socket, takes_more_pieces_than_the_kernel_does_in_one_call) {
  Pair pair;
  std::string text(3000, 'a');
  std::vector<iovec> pieces;
  for (char& c : text) pieces.push_back({&c, 1});
  std::size_t sent = 0;
  while (sent < text.size()) {
    const IoResult result = pair.client->try_write(std::span(pieces).subspan(sent));
    ASSERT_EQ(result.status, Status::kOk);
    sent += result.bytes;
  }
  EXPECT_EQ(pair.t.run(read_until(pair.t.loop, *pair.server, 3000)).text, text);
}

TEST(Socket, applies_its_options) {
  Pair pair;
  pair.client->apply({.keepalive = seconds(10), .user_timeout = std::chrono::milliseconds(2500)});
  const auto option = [&](int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    getsockopt(pair.client->fd(), level, name, &value, &size);
    return value;
  };
  EXPECT_EQ(option(IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(option(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPIDLE), 10);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_KEEPINTVL), 10);
  EXPECT_EQ(option(IPPROTO_TCP, TCP_USER_TIMEOUT), 2500);
}

TEST(Socket, a_descriptor_that_cannot_be_watched_fails_instead_of_waiting_for_ever) {
  TestLoop t;
  // A plain file cannot be watched.
  Socket socket(t.loop, memfd_create("plain", MFD_CLOEXEC));
  EXPECT_TRUE(socket.hung_up());
  EXPECT_NE(socket.last_errno(), 0);
  EXPECT_EQ(read_now(socket).end, Status::kError);
  EXPECT_EQ(write(socket, "x").status, Status::kError);
}

TEST(ConnectTcp, names_a_refusal) {
  TestLoop t;
  SocketAddr nobody = Listener::tcp(t.loop, kLoopback, {}).value()->addr();
  const auto refused = t.run(connect_tcp(t.loop, nobody, {}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kConnectRefused);
  EXPECT_EQ(refused.error().message, nobody.to_string());
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_EQ(refused.error().origin, ErrorOrigin::kUpstream);
}

TEST(ConnectTcp, works_over_ipv6) {
  TestLoop t;
  const auto listener = Listener::tcp(t.loop, SocketAddr{IpAddress::parse("::1").value(), 0}, {});
  ASSERT_TRUE(listener.has_value()) << listener.error().to_string();
  auto client = t.run(connect_tcp(t.loop, (*listener)->addr(), {}));
  ASSERT_TRUE(client.has_value());
  auto server = t.run((*listener)->accept());
  EXPECT_EQ((*client)->local_addr().value(), (*server)->peer_addr().value());
}

TEST(ConnectTcp, that_is_cancelled_closes_its_socket) {
  TestLoop t;
  const auto listener = Listener::tcp(t.loop, kLoopback, {}).value();
  {
    TaskScope scope(t.loop, [](Error) {});
    struct Local {
      static Task<void> forever(EventLoop& loop, SocketAddr to) {
        auto socket = co_await connect_tcp(loop, to, {});
        Waker waker(loop);
        co_await waker.wait();
      }
    };
    scope.spawn(Local::forever(t.loop, listener->addr()));
    t.settle();
  }
  auto server = t.run(listener->accept()).value();
  EXPECT_EQ(t.run(read_until(t.loop, *server, 1)).end, Status::kEof);
}

}  // namespace
}  // namespace seine::runtime
