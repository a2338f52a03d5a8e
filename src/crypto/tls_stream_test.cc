// SPDX-License-Identifier: Apache-2.0
#include "crypto/tls_stream.h"

#include <array>

#include "gtest/gtest.h"

#include "crypto/testing/tls_pair.h"
#include "runtime/socket.h"

namespace seine::crypto {
namespace {

using runtime::IoResult;
using runtime::Task;
using testing::TlsPair;
using Status = IoResult::Status;
using Read = std::pair<std::string, Status>;

class TlsStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto [client, server] = pair_.connect();
    ASSERT_TRUE(client && server);
  }
  TlsStream& client() { return *pair_.client; }
  TlsStream& server() { return *pair_.server; }

  TlsPair pair_;
};

struct Flag final : runtime::Wakeable {
  int wakes = 0;
  void on_wake() override { ++wakes; }
};

Task<void> write_all(runtime::EventLoop& loop, TlsStream& stream, std::string text) {
  runtime::Waker waker(loop);
  std::string_view rest = text;
  while (!rest.empty()) {
    // In three pieces, so that records are gathered.
    const std::string_view part = rest.substr(0, 50'000);
    const std::array pieces{testing::piece(part.substr(0, 9)),
                            testing::piece(part.substr(std::min<std::size_t>(9, part.size()), 100)),
                            testing::piece(part.substr(std::min<std::size_t>(109, part.size())))};
    const IoResult result = stream.try_write(pieces);
    if (result.status == Status::kOk) {
      rest.remove_prefix(result.bytes);
    } else {
      EXPECT_EQ(result.status, Status::kWouldBlock);
      co_await runtime::write_ready(stream, waker);
    }
  }
  stream.shutdown_write();
}

Task<void> read_all(runtime::EventLoop& loop, TlsStream& stream, std::string& out) {
  runtime::Waker waker(loop);
  std::string buffer(5000, '\0');
  for (;;) {
    const IoResult result = stream.try_read(std::as_writable_bytes(std::span(buffer)));
    if (result.status == Status::kOk) {
      out.append(buffer, 0, result.bytes);
    } else if (result.status == Status::kWouldBlock) {
      co_await runtime::read_ready(stream, waker);
    } else {
      EXPECT_EQ(result.status, Status::kEof);
      break;
    }
  }
}

std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t state = 1;
  for (char& c : out) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return out;
}

TEST_F(TlsStreamTest, carries_bytes_both_ways) {
  EXPECT_EQ(testing::write(client(), "hello").bytes, 5U);
  EXPECT_EQ(testing::write(server(), "world").bytes, 5U);
  EXPECT_EQ(testing::read(server()), (Read{"hello", Status::kWouldBlock}));
  EXPECT_EQ(testing::read(client()), (Read{"world", Status::kWouldBlock}));
}

TEST_F(TlsStreamTest, carries_ten_megabytes_through_tiny_buffers_both_ways) {
  for (auto* end : {pair_.client_end, pair_.server_end}) {
    end->max_read = 3001;
    end->max_write = 1777;
    end->capacity = 5003;
  }
  const std::string forth = pattern(10'000'000);
  const std::string back = pattern(3'000'000);
  std::string got_forth, got_back;
  runtime::EventLoop& loop = pair_.t.loop;
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(write_all(loop, client(), forth));
  scope.spawn(write_all(loop, server(), back));
  scope.spawn(read_all(loop, client(), got_back));
  scope.spawn(read_all(loop, server(), got_forth));
  pair_.t.run(scope.join());
  EXPECT_TRUE(got_forth == forth);
  EXPECT_TRUE(got_back == back);
  EXPECT_FALSE(client().truncated());
  EXPECT_FALSE(server().truncated());
}

TEST_F(TlsStreamTest, makes_one_write_of_many_pieces) {
  const std::string small(100, 's');
  const std::vector<iovec> many(60, testing::piece(small));
  std::size_t before = pair_.client_end->writes;
  EXPECT_EQ(client().try_write(many).bytes, 6000U);
  EXPECT_EQ(pair_.client_end->writes, before + 1);
  EXPECT_EQ(testing::read(server()).first, std::string(6000, 's'));

  const std::string large(20'000, 'l');
  const std::array three{testing::piece(small), testing::piece(large), testing::piece(small)};
  before = pair_.client_end->writes;
  EXPECT_EQ(client().try_write(three).bytes, 20'200U);
  EXPECT_EQ(pair_.client_end->writes, before + 1);
  EXPECT_EQ(testing::read(server()).first, small + large + small);
}

TEST_F(TlsStreamTest, takes_a_bounded_amount_at_once) {
  const std::string huge(1'000'000, 'h');
  const IoResult result = testing::write(client(), huge);
  EXPECT_EQ(result.bytes, 64U * 1024);
}

TEST_F(TlsStreamTest, holds_back_the_last_byte_until_all_before_it_has_left) {
  pair_.client_end->capacity = 100;
  const std::string text = pattern(1000);
  EXPECT_EQ(testing::write(client(), text).bytes, 999U);
  const std::string_view rest = std::string_view(text).substr(999);
  EXPECT_EQ(testing::write(client(), rest).status, Status::kWouldBlock);
  Flag flag;
  client().arm_write(flag);
  EXPECT_EQ(flag.wakes, 0);
  std::string got;
  while (testing::write(client(), rest).status == Status::kWouldBlock) {
    got += testing::read(server()).first;
  }
  EXPECT_EQ(flag.wakes, 1);
  got += testing::read(server()).first;
  EXPECT_EQ(got, text);
}

TEST_F(TlsStreamTest, takes_new_bytes_behind_the_one_held_back) {
  pair_.client_end->capacity = 100;
  EXPECT_EQ(testing::write(client(), std::string(1000, 'a')).bytes, 999U);
  pair_.client_end->capacity = 0;
  const std::array pieces{testing::piece("a"), testing::piece("b")};
  EXPECT_EQ(client().try_write(pieces).bytes, 2U);
  EXPECT_EQ(testing::read(server()).first, std::string(1000, 'a') + "b");
}

TEST_F(TlsStreamTest, ends_with_close_notify) {
  testing::write(client(), "bye");
  client().shutdown_write();
  EXPECT_EQ(testing::read(server()), (Read{"bye", Status::kEof}));
  EXPECT_FALSE(server().truncated());
  EXPECT_TRUE(pair_.server_end->peer_finished());
}

TEST_F(TlsStreamTest, goes_on_the_other_way_after_a_half_close) {
  client().shutdown_write();
  EXPECT_EQ(testing::read(server()), (Read{"", Status::kEof}));
  testing::write(server(), "still here");
  EXPECT_EQ(testing::read(client()), (Read{"still here", Status::kWouldBlock}));
  server().shutdown_write();
  EXPECT_EQ(testing::read(client()), (Read{"", Status::kEof}));
}

TEST_F(TlsStreamTest, tells_truncation_from_a_proper_end) {
  testing::write(client(), "all of it?");
  pair_.client_end->shutdown_write();
  EXPECT_EQ(testing::read(server()), (Read{"all of it?", Status::kEof}));
  EXPECT_TRUE(server().truncated());
}

TEST_F(TlsStreamTest, tells_truncation_within_a_record) {
  testing::write(client(), "all of it?");
  pair_.server_end->unread().resize(20);
  pair_.client_end->shutdown_write();
  EXPECT_EQ(testing::read(server()), (Read{"", Status::kEof}));
  EXPECT_TRUE(server().truncated());
}

TEST_F(TlsStreamTest, sends_its_close_notify_when_a_full_transport_drains) {
  pair_.client_end->capacity = 1030;
  EXPECT_EQ(testing::write(client(), std::string(1000, 'x')).bytes, 1000U);
  client().shutdown_write();
  EXPECT_FALSE(pair_.server_end->peer_finished());
  std::string got = testing::read(server()).first;
  pair_.t.settle();
  const Read rest = testing::read(server());
  EXPECT_EQ(got + rest.first, std::string(1000, 'x'));
  EXPECT_EQ(rest.second, Status::kEof);
  EXPECT_FALSE(server().truncated());
}

TEST_F(TlsStreamTest, wakes_a_reader_whose_bytes_it_already_holds) {
  testing::write(client(), "ab");
  testing::write(client(), "cd");
  std::array<std::byte, 1> one;
  EXPECT_EQ(server().try_read(one).bytes, 1U);
  Flag flag;
  server().arm_read(flag);
  EXPECT_EQ(flag.wakes, 1);
  EXPECT_EQ(testing::read(server()).first, "bcd");
  server().arm_read(flag);
  EXPECT_EQ(flag.wakes, 1);
  testing::write(client(), "e");
  EXPECT_EQ(flag.wakes, 2);
}

TEST_F(TlsStreamTest, does_not_wake_a_reader_for_a_part_of_a_record) {
  testing::write(client(), "whole");
  std::string& wire = pair_.server_end->unread();
  const std::string tail = wire.substr(10);
  wire.resize(10);
  EXPECT_EQ(testing::read(server()), (Read{"", Status::kWouldBlock}));
  Flag flag;
  server().arm_read(flag);
  EXPECT_EQ(flag.wakes, 0);
  testing::write(*pair_.client_end, tail);
  EXPECT_EQ(flag.wakes, 1);
  EXPECT_EQ(testing::read(server()), (Read{"whole", Status::kWouldBlock}));
}

TEST_F(TlsStreamTest, fails_on_a_changed_byte) {
  testing::write(client(), "hello");
  std::string& wire = pair_.server_end->unread();
  wire[12] = static_cast<char>(wire[12] ^ 1);
  EXPECT_EQ(testing::read(server()).second, Status::kError);
  EXPECT_EQ(server().error().to_string(),
            "tls handshake error: decryption failed or bad record mac: bad_record_mac");
  EXPECT_EQ(testing::write(server(), "x").status, Status::kError);
  EXPECT_EQ(testing::read(client()).second, Status::kError);
  EXPECT_EQ(client().error().message, "the peer sent alert bad record mac");
}

TEST_F(TlsStreamTest, reports_a_reset_as_the_transport_does) {
  Flag hangup;
  server().arm_hangup(hangup);
  client().abort();
  EXPECT_EQ(hangup.wakes, 1);
  EXPECT_TRUE(server().hung_up());
  EXPECT_EQ(testing::read(server()).second, Status::kError);
  EXPECT_EQ(server().error().code, ErrorCode::kRead);
  EXPECT_EQ(testing::write(client(), "x").status, Status::kError);
}

TEST_F(TlsStreamTest, reads_what_came_before_a_failed_write) {
  testing::write(server(), "last words");
  pair_.server.reset();
  EXPECT_EQ(testing::read(client()), (Read{"last words", Status::kEof}));
  EXPECT_TRUE(client().truncated());
}

}  // namespace
}  // namespace seine::crypto
