// SPDX-License-Identifier: Apache-2.0
#include "control/pages/mesh_pages.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "base/file.h"
#include "base/temporary_folder.h"
#include "control/testing/registry_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

using testing::announce;

// A blocking client, whose other side moves while it is looked at.
class MeshPagesTest : public ::testing::Test {
 protected:
  MeshPagesTest() {
    EXPECT_EQ(::mkdir(assets().c_str(), 0700), 0);
    EXPECT_TRUE(create_file(assets() + "/index.html", "<!doctype html>", 0600));
  }
  std::string assets() const { return folder_.path() + "/web"; }
  std::unique_ptr<LeaseRegistry> open_registry() {
    auto directory = RegistryDirectory::open(folder_.path() + "/registry");
    return LeaseRegistry::open(t_.loop, log_, registry_, MeshNames{}, testing::make_scope(),
                               *std::move(directory))
        .value();
  }
  Result<std::unique_ptr<MeshPages>> open(const std::string& assets_folder) {
    return MeshPages::open({.loop = t_.loop,
                            .log = log_,
                            .registry = registry_,
                            .leases = *leases_,
                            .window = window_,
                            .drain = drain_,
                            .version = "edge-1"},
                           {.listen = *SocketAddr::parse("127.0.0.1:0"), .assets = assets_folder});
  }

  // The answer to one request; the connection is closed behind it.
  std::string exchange(int fd, const std::string& request) {
    std::string out;
    bool is_sent = false;
    for (int i = 0; i < 100'000; ++i) {
      is_sent = is_sent || ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0;
      t_.loop.run_turn(/*may_block=*/false);
      char piece[4096];
      const ssize_t got = ::read(fd, piece, sizeof(piece));
      if (got == 0) break;
      if (got > 0) out.append(piece, static_cast<std::size_t>(got));
    }
    ::close(fd);
    return out;
  }
  std::string ask_browser(const std::string& line, const std::string& cookie = "") {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(pages_->addr().port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to));
    return exchange(fd, line + " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n" +
                            (cookie.empty() ? "" : "cookie: " + cookie + "\r\n") + "\r\n");
  }
  std::string ask_owner(const std::string& line, const std::string& body = "") {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    leases_->directory().pages_socket_path().copy(to.sun_path, sizeof(to.sun_path) - 1);
    EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
    return exchange(fd, line +
                            " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"
                            "content-length: " +
                            std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  // What stands between the two in an answer.
  static std::string between(const std::string& text, std::string_view from, std::string_view to) {
    const auto begin = text.find(from);
    if (begin == std::string::npos) return "";
    const auto end = text.find(to, begin + from.size());
    return text.substr(begin + from.size(), end - begin - from.size());
  }
  std::string sign_in() {
    const std::string link = between(ask_owner("POST /api/v1/links", "{}"), "\"path\":\"", "\"");
    return between(ask_browser("GET " + link), "set-cookie: ", ";");
  }

  const TemporaryFolder folder_ = TemporaryFolder::make("mesh-pages").value();
  runtime::testing::TestLoop t_;
  const Log log_{t_.clock, -1, LogLevel::kError, LogFormat::kPlain};
  metrics::Registry registry_{t_.clock, 1};
  runtime::Drain drain_;
  const std::unique_ptr<LeaseRegistry> leases_ = open_registry();
  TelemetryWindow window_{log_,
                          registry_,
                          *leases_,
                          "test",
                          KeptCounts::open(folder_.path() + "/counts").value(),
                          t_.clock.wall_now()};
  std::unique_ptr<MeshPages> pages_;
};

TEST_F(MeshPagesTest, are_for_who_opens_a_link_of_the_owner) {
  pages_ = open(assets()).value();
  EXPECT_TRUE(ask_browser("GET /").ends_with("<!doctype html>"));
  EXPECT_TRUE(ask_browser("GET /api/v1/mesh").starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(ask_browser("GET /api/v1/mesh", "seine-mesh=none").starts_with("HTTP/1.1 401 "));
  const std::string cookie = sign_in();
  EXPECT_TRUE(cookie.starts_with("seine-mesh="));
  EXPECT_TRUE(ask_browser("GET /api/v1/session", cookie).contains(R"("serves":"mesh")"));
  const std::string token = leases_->create_join_token({}, std::chrono::minutes(1)).value();
  ASSERT_TRUE(leases_->join(token, announce("web", {{.number = 8080}}), std::nullopt, "ada"));
  const std::string mesh = ask_browser("GET /api/v1/mesh?last=1m", cookie);
  EXPECT_TRUE(mesh.starts_with("HTTP/1.1 200 ")) << mesh;
  EXPECT_TRUE(mesh.contains(R"("cluster":"test")")) << mesh;
  EXPECT_TRUE(mesh.contains(R"("workloads":[{"namespace":"shop","name":"web","ready_pods":0)"))
      << mesh;
}

TEST_F(MeshPagesTest, give_no_link_to_browsers) {
  pages_ = open(assets()).value();
  const std::string cookie = sign_in();
  EXPECT_FALSE(ask_browser("POST /api/v1/links", cookie).contains("sign-in?link"));
}

TEST_F(MeshPagesTest, refuse_a_time_that_is_not_kept) {
  pages_ = open(assets()).value();
  for (const char* last : {"", "5s", "11m", "1h", "x", "-1m"}) {
    const std::string answer = ask_owner("GET /api/v1/mesh?last=" + std::string(last));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << last << " " << answer;
    EXPECT_TRUE(answer.contains("from 15s to 10m")) << last << " " << answer;
  }
  EXPECT_TRUE(ask_owner("GET /api/v1/mesh?last=10m").starts_with("HTTP/1.1 200 "));
}

TEST_F(MeshPagesTest, name_the_flag_that_is_wrong) {
  const auto wrong = open("/none");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "--assets: there is no folder /none");
}

TEST_F(MeshPagesTest, end_with_the_drain) {
  pages_ = open(assets()).value();
  EXPECT_TRUE(ask_browser("GET /").starts_with("HTTP/1.1 200 "));
  pages_->close();
  drain_.fire();
  t_.run(pages_->finished());
  EXPECT_EQ(ask_browser("GET /"), "");
}

}  // namespace
}  // namespace seine::control
