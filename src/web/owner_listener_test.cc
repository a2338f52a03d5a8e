// SPDX-License-Identifier: Apache-2.0
#include "web/owner_listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/temporary_folder.h"
#include "netns/user_names.h"
#include "runtime/testing/test_loop.h"

namespace seine::web {
namespace {

struct Api {
  runtime::Task<Result<Reply>> who(const Call& call) {
    co_return Reply{.json = "\"" + call.user + "\""};
  }
};

class OwnerListenerTest : public ::testing::Test {
 protected:
  OwnerListenerTest() { router_.add("GET", "/api/who", handler<&Api::who>(api_)); }
  void open(uid_t owner) {
    auto opened = OwnerListener::open({t_.loop, log_, router_, drain_, metrics_}, path(), owner);
    ASSERT_TRUE(opened) << opened.error().to_string();
    listener_ = *std::move(opened);
  }
  std::string path() const { return folder_->path() + "/owner.sock"; }

  // What comes to one request, up to the connection's end or to `until`.
  std::string ask(std::string_view request, std::string_view until) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path().copy(to.sun_path, sizeof(to.sun_path) - 1);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
    std::string out;
    bool is_sent = false;
    for (int i = 0; i < 10'000 && !out.ends_with("END"); ++i) {
      is_sent = is_sent || ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0;
      t_.loop.run_turn(/*may_block=*/false);
      char piece[512];
      const ssize_t got = ::read(fd, piece, sizeof(piece));
      if (got == 0) out += "END";
      if (got > 0) out.append(piece, static_cast<std::size_t>(got));
      if (got > 0 && out.ends_with(until)) break;
    }
    ::close(fd);
    return out;
  }

  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, -1, LogLevel::kError, LogFormat::kPlain};
  metrics::Registry registry_{t_.clock, 1};
  WebMetrics metrics_{registry_, 0};
  Api api_;
  Router router_;
  runtime::Drain drain_;
  const Result<TemporaryFolder> folder_ = TemporaryFolder::make("seine-owner-test");
  std::unique_ptr<OwnerListener> listener_;
};

TEST_F(OwnerListenerTest, knows_who_calls_without_a_cookie) {
  open(::geteuid());
  const std::string me = "\"" + netns::user_name(::geteuid()) + "\"";
  const std::string answer = ask("GET /api/who HTTP/1.1\r\nhost: dive\r\n\r\n", me);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_TRUE(answer.ends_with(me)) << answer;
}

TEST_F(OwnerListenerTest, says_what_is_not_there_and_what_is_no_target) {
  open(::geteuid());
  EXPECT_TRUE(ask("GET /api/none HTTP/1.1\r\nhost: dive\r\n\r\n", "}").starts_with("HTTP/1.1 404"));
  EXPECT_TRUE(ask("GET /api/../x HTTP/1.1\r\nhost: dive\r\n\r\n", "}").starts_with("HTTP/1.1 400"));
  EXPECT_TRUE(ask("POST /api/who HTTP/1.1\r\nhost: dive\r\ncontent-length: 0\r\n\r\n", "}")
                  .starts_with("HTTP/1.1 405"));
}

// Regression: it was waited for a body that a tunnel does not have.
TEST_F(OwnerListenerTest, answers_who_asks_for_a_tunnel_at_once) {
  open(::geteuid());
  const std::string answer = ask(
      "GET /api/who HTTP/1.1\r\nhost: dive\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
      "}");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400")) << answer;
  EXPECT_TRUE(answer.contains("ask without Upgrade")) << answer;
}

TEST_F(OwnerListenerTest, closes_the_connection_of_another_user) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  open(1234);
  EXPECT_TRUE(ask("GET /api/who HTTP/1.1\r\nhost: dive\r\n\r\n", "\"root\"").ends_with("\"root\""))
      << "root may";
  ASSERT_EQ(::chmod(folder_->path().c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path().c_str(), 0666), 0);
  ASSERT_EQ(::seteuid(4321), 0);
  const std::string answer = ask("GET /api/who HTTP/1.1\r\nhost: dive\r\n\r\n", "\"");
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(answer, "END");
}

}  // namespace
}  // namespace seine::web
