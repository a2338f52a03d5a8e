// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/admin_port.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "gtest/gtest.h"

#include "cli/check/inside_hub.h"
#include "runtime/combine.h"

namespace seine::cli {
namespace {

using namespace std::chrono_literals;
using runtime::Task;

// Listens at loopback and says the same to everybody, once or for as long as somebody reads; with
// nothing to say it keeps the connection.
class Talker {
 public:
  Talker(std::string_view says, bool for_ever) : says_(says), for_ever_(for_ever) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    socklen_t size = sizeof at;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at), &size);
    address = {IpAddress::v4(0x7f000001U), ntohs(at.sin_port)};
    thread_ = std::thread([this] { serve(); });
  }
  ~Talker() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  SocketAddr address;

 private:
  void serve() const {
    for (;;) {
      const Descriptor one(::accept(listener_.get(), nullptr, nullptr));
      if (!one) return;
      char request[4096];
      if (::recv(one.get(), request, sizeof request, 0) <= 0) continue;
      if (says_.empty()) ::recv(one.get(), request, 1, 0);  // until the other end goes
      do {
        if (::send(one.get(), says_.data(), says_.size(), MSG_NOSIGNAL) <= 0) break;
      } while (for_ever_);
    }
  }

  const std::string says_;
  const bool for_ever_;
  Descriptor listener_;
  std::thread thread_;
};

Task<void> count_turns(runtime::EventLoop& loop, int& turns) {
  for (;; ++turns) co_await runtime::sleep_for(loop, 1ms);
}

struct Asked {
  Result<std::string> answer;
  int turns = 0;  // of somebody else on the loop
};

Asked ask(const SocketAddr& at, Duration patience) {
  const SystemClock clock;
  runtime::EventLoop loop(clock);
  const auto here = netns::NetworkNamespace::current().value();
  int turns = 0;
  runtime::TaskScope others(loop, [](Error) {});
  others.spawn(count_turns(loop, turns));
  auto answer =
      run_blocking<Result<std::string>>(loop, ask_admin_port(loop, here, at, "/metrics", patience));
  return {std::move(answer), turns};
}

TEST(AdminPort, answers_to_the_end) {
  const Talker proxy("HTTP/1.1 200 OK\r\n\r\nmetrics", false);
  const Asked asked = ask(proxy.address, 10s);
  ASSERT_TRUE(asked.answer) << asked.answer.error().to_string();
  EXPECT_EQ(*asked.answer, "HTTP/1.1 200 OK\r\n\r\nmetrics");
}

TEST(AdminPort, that_never_comes_to_an_end_is_given_up_and_holds_nobody) {
  const Talker silent("", true);
  const Asked asked = ask(silent.address, 100ms);
  ASSERT_FALSE(asked.answer);
  EXPECT_EQ(asked.answer.error().code, ErrorCode::kTimeout);
  EXPECT_GT(asked.turns, 10);
  const Talker endless(std::string(4096, 'x'), true);
  const Asked flooded = ask(endless.address, 10s);
  ASSERT_FALSE(flooded.answer);
  EXPECT_EQ(flooded.answer.error().code, ErrorCode::kLimit);
}

TEST(AdminPort, that_nobody_listens_at_is_an_error) {
  SocketAddr gone;
  {
    const Talker proxy("", false);
    gone = proxy.address;
  }
  EXPECT_FALSE(ask(gone, 10s).answer);
}

}  // namespace
}  // namespace seine::cli
