// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "gtest/gtest.h"

#include "crypto/testing/plain_tls_client.h"
#include "crypto/testing/tls_pair.h"
#include "crypto/tls_stream.h"

namespace seine::crypto {
namespace {

using runtime::Bytes;
using testing::PlainTlsClient;
using testing::TlsPair;
using Status = runtime::IoResult::Status;
using Read = std::pair<std::string, Status>;

TEST(TlsStranger, meets_a_stranger_that_speaks_tls_1_3) {
  TlsPair pair;
  PlainTlsClient stranger;
  auto [a, b] = runtime::testing::MemoryStream::make_pair();
  auto server = TlsStream::server(pair.t.loop, std::move(b), pair.server_context, {});
  auto task = server->handshake();
  stranger.step();
  stranger.exchange(*a);
  task.handle().resume();
  stranger.exchange(*a);
  EXPECT_TRUE(stranger.step());
  stranger.exchange(*a);
  pair.t.settle();
  ASSERT_TRUE(task.done());
  EXPECT_TRUE(task.take().has_value());
  EXPECT_EQ(a->unread(), "") << "no session ticket is sent";
}

TEST(TlsStranger, refuses_older_versions) {
  TlsPair pair;
  PlainTlsClient stranger(TLS1_2_VERSION);
  stranger.step();
  pair.server_options.prefix = Bytes::copy_of(stranger.take_output());
  pair.make();
  const auto server = pair.accept();
  ASSERT_FALSE(server.has_value());
  constexpr int kProtocolVersion = 70;
  EXPECT_EQ(server.error().code, ErrorCode::kTlsHandshake);
  EXPECT_EQ(server.error().cause, Error::Cause::kTlsAlert);
  EXPECT_EQ(server.error().cause_code, kProtocolVersion);
}

// A stranger's connection to our server, past its handshake.
class TlsStrangerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto [a, b] = runtime::testing::MemoryStream::make_pair();
    end_ = std::move(a);
    server_ = TlsStream::server(pair_.t.loop, std::move(b), pair_.server_context, {});
    auto task = server_->handshake();
    stranger_.step();
    stranger_.exchange(*end_);
    task.handle().resume();
    stranger_.exchange(*end_);
    ASSERT_TRUE(stranger_.step());
    stranger_.exchange(*end_);
    pair_.t.settle();
    ASSERT_TRUE(task.done() && task.take().has_value());
  }
  void update_keys() {
    SSL_key_update(stranger_.ssl(), SSL_KEY_UPDATE_REQUESTED);
    stranger_.step();
    stranger_.exchange(*end_);
  }

  TlsPair pair_;
  PlainTlsClient stranger_;
  std::unique_ptr<runtime::testing::MemoryStream> end_;
  std::unique_ptr<TlsStream> server_;
};

TEST_F(TlsStrangerTest, may_update_its_keys) {
  update_keys();
  SSL_write(stranger_.ssl(), "after", 5);
  stranger_.exchange(*end_);
  EXPECT_EQ(testing::read(*server_), (Read{"after", Status::kWouldBlock}));
  testing::write(*server_, "answer");
  stranger_.exchange(*end_);
  std::array<char, 16> buffer;
  EXPECT_EQ(SSL_read(stranger_.ssl(), buffer.data(), buffer.size()), 6);
}

TEST_F(TlsStrangerTest, may_not_update_its_keys_without_end) {
  for (std::uint64_t i = 0; i < TlsStream::kMaxLateMessages; ++i) {
    update_keys();
    ASSERT_EQ(testing::read(*server_).second, Status::kWouldBlock) << i;
  }
  update_keys();
  EXPECT_EQ(testing::read(*server_).second, Status::kError);
  EXPECT_EQ(server_->error().code, ErrorCode::kLimit);
}

TEST_F(TlsStrangerTest, queues_no_more_answers_than_the_limit_lets) {
  end_->capacity = 0;
  for (int i = 0; i < 5000; ++i) {
    SSL_key_update(stranger_.ssl(), SSL_KEY_UPDATE_REQUESTED);
    stranger_.step();
  }
  testing::write(*end_, stranger_.take_output());
  EXPECT_EQ(testing::read(*server_).second, Status::kError);
  EXPECT_LT(end_->unread().size(), 64U * 1024);
}

}  // namespace
}  // namespace seine::crypto
