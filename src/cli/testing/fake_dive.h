// SPDX-License-Identifier: Apache-2.0
// A Dive that says what a test tells it to, as HTTP/1 over DIR/dive/owner.sock, and the command run
// against it. DIR is a folder of its own.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

#include "base/descriptor.h"
#include "base/file.h"
#include "base/temporary_folder.h"
#include "cli/app.h"

namespace seine::cli::testing {

// Serves one connection after the other, from a thread of its own, until it dies.
class FakeDive {
 public:
  struct Asked {
    std::string line;  // "GET /api/v1/objectives"
    std::string body;
  };

  // `folder`, `socket`: of another who is asked likewise.
  explicit FakeDive(const std::string& folder = "/dive", const std::string& socket = "/owner.sock")
      : folder_(TemporaryFolder::make("fake-dive").value()) {
    ::mkdir((dir() + folder).c_str(), 0700);
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    const std::string path = dir() + folder + socket;
    path.copy(at.sun_path, sizeof at.sun_path - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    thread_ = std::thread([this] { serve(); });
  }
  FakeDive(const FakeDive&) = delete;
  ~FakeDive() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  const std::string& dir() const { return folder_.path(); }

  // `line` is "GET /objectives"; what nobody has told it is answered with 404 and a hint.
  void answer(std::string line, int status, std::string body) {
    const std::string head =
        "HTTP/1.1 " + std::to_string(status) + " X\r\ncontent-type: application/json\r\n" +
        (status == 204 ? std::string()
                       : "content-length: " + std::to_string(body.size()) + "\r\n") +
        "\r\n";
    answer_raw(std::move(line), head + body);
  }
  // Bytes as they are; none: it says nothing, and keeps the connection until the other end goes.
  void answer_raw(std::string line, std::string bytes) {
    const std::lock_guard held(mutex_);
    answers_[std::move(line)] = std::move(bytes);
  }

  std::vector<Asked> asked() const {
    const std::lock_guard held(mutex_);
    return asked_;
  }
  Asked last() const {
    const auto all = asked();
    return all.empty() ? Asked{} : all.back();
  }

 private:
  static constexpr std::string_view kApi = "/api/v1";

  void serve() {
    for (;;) {
      const Descriptor one(::accept(listener_.get(), nullptr, nullptr));
      if (!one) return;
      const Asked asked = read_request(one.get());
      std::string bytes;
      {
        const std::lock_guard held(mutex_);
        asked_.push_back(asked);
        std::string line = asked.line;
        if (const auto at = line.find(kApi); at != std::string::npos) line.erase(at, kApi.size());
        const auto found = answers_.find(line);
        bytes = found == answers_.end() ? nothing_there() : found->second;
      }
      if (bytes.empty()) {
        char waited = 0;
        ::recv(one.get(), &waited, 1, 0);
        continue;
      }
      ::send(one.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
  }

  static std::string nothing_there() {
    const std::string body = R"({"error":"there is no such thing","hint":"ask for another"})";
    return "HTTP/1.1 404 Not Found\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }

  static Asked read_request(int fd) {
    std::string text;
    const auto more = [&] {
      char some[4096];
      const ssize_t size = ::recv(fd, some, sizeof some, 0);
      if (size > 0) text.append(some, static_cast<std::size_t>(size));
      return size > 0;
    };
    while (text.find("\r\n\r\n") == std::string::npos && more()) {
    }
    const auto end = text.find("\r\n\r\n");
    if (end == std::string::npos) return {};
    std::string head = text.substr(0, end);
    const Asked asked{.line = head.substr(0, head.find(" HTTP/1.1")), .body = {}};
    std::ranges::transform(head, head.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto field = head.find("content-length: ");
    const std::size_t length =
        field == std::string::npos ? 0 : std::strtoul(head.c_str() + field + 16, nullptr, 10);
    while (text.size() < end + 4 + length && more()) {
    }
    return {asked.line, text.substr(end + 4)};
  }

  const TemporaryFolder folder_;
  Descriptor listener_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  std::vector<Asked> asked_;
  std::thread thread_;
};

// What the command did.
struct Ran {
  int code = 0;
  std::string out;
  std::string err;
};

inline Ran run_seine(const std::string& dir, std::vector<std::string> arguments) {
  std::vector<const char*> argv{"seine", "--dir", dir.c_str()};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  const std::string home = "HOME=" + dir;
  const std::string path = "PATH=" + dir + "/bin";
  const char* const environment[] = {home.c_str(), path.c_str(), nullptr};
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Ran ran;
  ran.code = run_cli(static_cast<int>(argv.size()), argv.data(), environment, "edge-1.2.3");
  ran.out = ::testing::internal::GetCapturedStdout();
  ran.err = ::testing::internal::GetCapturedStderr();
  return ran;
}

}  // namespace seine::cli::testing
