// SPDX-License-Identifier: Apache-2.0
#include "runtime/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "base/temporary_folder.h"
#include "runtime/combine.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using std::chrono::milliseconds;
using testing::TestLoop;

const SocketAddr kLoopback{IpAddress::v4(0x7f000001), 0};

struct Folder {
  TemporaryFolder temporary = TemporaryFolder::make("listener").value();
  std::string file(std::string_view name) const {
    return temporary.path() + "/" + std::string(name);
  }
};

Task<void> accept_into(Listener& listener, std::vector<Result<std::unique_ptr<Socket>>>& out) {
  for (;;) {
    out.push_back(co_await listener.accept());
    if (!out.back()) co_return;
  }
}

TEST(Listener, names_an_address_that_is_taken) {
  TestLoop t;
  const auto first = Listener::tcp(t.loop, kLoopback, {}).value();
  EXPECT_NE(first->addr().port, 0);
  const auto second = Listener::tcp(t.loop, first->addr(), {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().to_string(),
            "unavailable: cannot bind to " + first->addr().to_string() + ": EADDRINUSE");
}

TEST(Listener, calls_an_address_that_is_not_this_machines_a_wrong_configuration) {
  TestLoop t;
  const auto listener = Listener::tcp(t.loop, {IpAddress::v4(0xc0000201U), 0}, {});
  ASSERT_FALSE(listener.has_value());
  EXPECT_EQ(listener.error().to_string(),
            "invalid configuration: cannot bind to 192.0.2.1:0: EADDRNOTAVAIL");
}

TEST(Listener, shares_its_port_where_it_is_asked_to) {
  TestLoop t;
  const auto first = Listener::tcp(t.loop, kLoopback, {.reuse_port = true}).value();
  const auto second = Listener::tcp(t.loop, first->addr(), {.reuse_port = true});
  EXPECT_TRUE(second.has_value());
}

TEST(Listener, a_pending_accept_ends_when_it_closes) {
  TestLoop t;
  const auto listener = Listener::tcp(t.loop, kLoopback, {}).value();
  std::vector<Result<std::unique_ptr<Socket>>> accepted;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(accept_into(*listener, accepted));
  t.settle();
  listener->close();
  t.settle();
  ASSERT_EQ(accepted.size(), 1U);
  EXPECT_EQ(accepted[0].error().code, ErrorCode::kShutdown);
  const auto late = t.run(connect_tcp(t.loop, listener->addr(), {}));
  EXPECT_EQ(late.error().code, ErrorCode::kConnectRefused);
}

TEST(Listener, lets_the_loop_turn_after_a_burst_of_connections) {
  TestLoop t;
  const auto listener = Listener::tcp(t.loop, kLoopback, {}).value();
  std::vector<std::unique_ptr<Socket>> clients;
  clients.reserve(Listener::kBurst + 10);
  for (int i = 0; i < Listener::kBurst + 10; ++i) {
    clients.push_back(t.run(connect_tcp(t.loop, listener->addr(), {})).value());
  }
  std::vector<Result<std::unique_ptr<Socket>>> accepted;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(accept_into(*listener, accepted));
  t.loop.run_turn(/*may_block=*/false);
  EXPECT_EQ(accepted.size(), static_cast<std::size_t>(Listener::kBurst));
  t.settle();
  EXPECT_EQ(accepted.size(), clients.size());
}

// Lowers the number of descriptors this process may open to those it has.
struct NoDescriptorsLeft {
  rlimit before{};
  NoDescriptorsLeft() {
    getrlimit(RLIMIT_NOFILE, &before);
    const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(next);
    const rlimit none{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptorsLeft() { setrlimit(RLIMIT_NOFILE, &before); }
};

TEST(Listener, out_of_descriptors_it_pauses_counts_and_goes_on) {
  TestLoop t;
  const auto listener = Listener::tcp(t.loop, kLoopback, {}).value();
  const auto client = t.run(connect_tcp(t.loop, listener->addr(), {})).value();
  std::vector<Result<std::unique_ptr<Socket>>> accepted;
  TaskScope scope(t.loop, [](Error) {});
  {
    const NoDescriptorsLeft none;
    scope.spawn(accept_into(*listener, accepted));
    t.settle();
    EXPECT_EQ(listener->exhausted(), 1U);
    t.advance(milliseconds(70));
    EXPECT_EQ(listener->exhausted(), 2U);
    EXPECT_TRUE(accepted.empty());
  }
  t.advance(milliseconds(100));
  EXPECT_EQ(accepted.size(), 1U);
}

// Descriptors are numbered without gaps from `next` on while this lives.
struct NumberedDescriptors {
  rlimit before{};
  std::vector<int> gaps;
  int next = 0;
  NumberedDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before);
    int highest = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      highest = std::max(highest, std::stoi(entry.path().filename()));
    }
    while ((next = open("/dev/null", O_RDONLY | O_CLOEXEC)) < highest) gaps.push_back(next);
    close(next);
  }
  ~NumberedDescriptors() {
    setrlimit(RLIMIT_NOFILE, &before);
    for (const int fd : gaps) close(fd);
  }
  void limit_to(std::size_t more) const {
    const rlimit few{.rlim_cur = static_cast<rlim_t>(next) + more, .rlim_max = before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
  }
};

TEST(Listener, leaves_spare_descriptors_to_the_rest_of_the_process) {
  constexpr std::size_t kClients = 4;
  constexpr std::size_t kRoom = 2;  // for connections, before it comes to the spare ones
  constexpr std::size_t kSpare = 3;
  TestLoop t;
  const NumberedDescriptors numbered;
  numbered.limit_to(1 + kClients + kRoom + kSpare);  // one is the listener
  const auto listener = Listener::tcp(t.loop, kLoopback, {.spare_files = kSpare}).value();
  std::vector<std::unique_ptr<Socket>> clients;
  clients.reserve(kClients);
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(t.run(connect_tcp(t.loop, listener->addr(), {})).value());
  }
  std::vector<Result<std::unique_ptr<Socket>>> accepted;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(accept_into(*listener, accepted));
  t.settle();
  EXPECT_EQ(accepted.size(), kRoom);
  EXPECT_EQ(listener->exhausted(), 1U);
  EXPECT_TRUE(t.run(connect_tcp(t.loop, listener->addr(), {})).has_value());
  accepted.clear();
  t.advance(milliseconds(70));
  EXPECT_EQ(accepted.size(), kRoom) << "those that waited come when others have gone";
}

TEST(Listener, goes_on_with_a_descriptor_that_listens_already) {
  TestLoop t;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
  ASSERT_EQ(listen(fd, 4), 0);
  const auto listener = Listener::adopt(t.loop, fd).value();
  EXPECT_NE(listener->addr().port, 0);
  const auto client = t.run(connect_tcp(t.loop, listener->addr(), {})).value();
  EXPECT_EQ(t.run(listener->accept()).value()->peer_addr().value(), client->local_addr().value());
}

TEST(UnixListener, is_for_its_owner_alone_and_leaves_no_file) {
  TestLoop t;
  const Folder folder;
  const std::string path = folder.file("admin.sock");
  {
    const auto listener = Listener::unix_socket(t.loop, path).value();
    struct stat file;
    ASSERT_EQ(stat(path.c_str(), &file), 0);
    EXPECT_TRUE(S_ISSOCK(file.st_mode));
    EXPECT_EQ(file.st_mode & 0777, 0600U);
    auto client = t.run(connect_unix(t.loop, path));
    ASSERT_TRUE(client.has_value());
    EXPECT_TRUE(t.run(listener->accept()).has_value());
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(UnixListener, refuses_a_path_in_use_and_replaces_a_stale_one) {
  TestLoop t;
  const Folder folder;
  const std::string path = folder.file("admin.sock");
  auto listener = Listener::unix_socket(t.loop, path).value();
  const auto second = Listener::unix_socket(t.loop, path);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().to_string(), "unavailable: '" + path + "' is in use by a live process");

  // A process that dies leaves the file: a hard link keeps it beyond the listener's own removal.
  const std::string stale = folder.file("stale.sock");
  ASSERT_EQ(link(path.c_str(), stale.c_str()), 0);
  listener.reset();
  EXPECT_TRUE(Listener::unix_socket(t.loop, stale).has_value());
}

TEST(UnixListener, leaves_a_file_that_is_no_socket_alone) {
  TestLoop t;
  const Folder folder;
  const std::string path = folder.file("notes.txt");
  std::ofstream(path) << "precious";
  const auto listener = Listener::unix_socket(t.loop, path);
  ASSERT_FALSE(listener.has_value());
  EXPECT_EQ(listener.error().message, "'" + path + "' exists and is not a socket");
  std::string text;
  std::ifstream(path) >> text;
  EXPECT_EQ(text, "precious");
}

TEST(UnixListener, refuses_a_path_that_does_not_fit) {
  TestLoop t;
  for (const std::string& path : {std::string(), std::string(108, 'x')}) {
    EXPECT_EQ(Listener::unix_socket(t.loop, path).error().code, ErrorCode::kInvalidConfig);
    EXPECT_EQ(t.run(connect_unix(t.loop, path)).error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace seine::runtime
