// SPDX-License-Identifier: Apache-2.0
// The standalone registry of seine-controller as a process: who may open its socket, a full disk,
// its end and its exit codes.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include "registry_fixture.h"

namespace seine::integration {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

using RegistryProcessTest = RegistryTest;

// What another user meets at the socket: connect(2)'s errno, or 0 and whether a byte came back.
struct Met {
  int error = -1;
  bool answered = false;
};
Met connect_as(uid_t user, const std::string& path) {
  int out[2];
  EXPECT_EQ(::pipe(out), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Met met;
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::copy(path.begin(), path.end(), address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::setresgid(user, user, user) == 0 && ::setresuid(user, user, user) == 0) {
      const auto* raw = reinterpret_cast<const sockaddr*>(&address);
      met.error = ::connect(fd, raw, sizeof address) == 0 ? 0 : errno;
      // HTTP/2's preface and an empty SETTINGS frame, which a server answers with its own.
      constexpr std::string_view kHello("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
      char byte = 0;
      met.answered = met.error == 0 && ::send(fd, kHello.data(), kHello.size(), MSG_NOSIGNAL) > 0 &&
                     ::read(fd, &byte, 1) > 0;
    }
    (void)!::write(out[1], &met, sizeof met);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  Met met;
  EXPECT_EQ(::read(out[0], &met, sizeof met), static_cast<ssize_t>(sizeof met));
  ::close(out[0]);
  ::close(out[1]);
  return met;
}

TEST_F(RegistryProcessTest, is_closed_to_other_users_whatever_the_modes_of_its_files) {
  constexpr uid_t kStranger = 4711;
  start();
  const std::string path = directory() + "/registry.sock";
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(directory().c_str(), 0755), 0);
  EXPECT_EQ(connect_as(kStranger, path).error, EACCES);
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  const Met met = connect_as(kStranger, path);
  EXPECT_EQ(met.error, 0);
  EXPECT_FALSE(met.answered);
  EXPECT_TRUE(metric("port=\"registry\",outcome=\"not the owner\"} 1"));
  EXPECT_NE(controller_->log().find("4711"), std::string::npos);
  EXPECT_TRUE(connect_as(0, path).answered);
}

TEST_F(RegistryProcessTest, admits_the_owner_of_its_directory_beside_root) {
  constexpr uid_t kOwner = 4711;
  std::filesystem::create_directory(directory());
  ASSERT_EQ(::chown(directory().c_str(), kOwner, kOwner), 0);
  ASSERT_EQ(::chmod(directory().c_str(), 0700), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  start();
  const std::string path = directory() + "/registry.sock";
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_TRUE(connect_as(kOwner, path).answered);
  EXPECT_TRUE(connect_as(0, path).answered);
}

TEST_F(RegistryProcessTest, goes_on_while_its_disk_is_full_and_writes_when_there_is_room) {
  ASSERT_EQ(::unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  std::filesystem::create_directory(directory());
  ASSERT_EQ(::mount("tmpfs", directory().c_str(), "tmpfs", 0, "size=64k,mode=0700"), 0);
  start();
  const wire::JoinResponse before = join("web");
  {
    std::ofstream filler(directory() + "/filler");
    filler << std::string(128 * 1024, 'x');
  }
  const wire::JoinResponse web = join("web");
  EXPECT_TRUE(metric("seine_registry_unwritten 1"));
  EXPECT_NE(controller_->log().find("ENOSPC"), std::string::npos) << controller_->log();
  std::filesystem::remove(directory() + "/filler");
  const auto deadline = steady_clock::now() + seconds(15);
  while (!metric("seine_registry_unwritten 0")) {
    ASSERT_LT(steady_clock::now(), deadline);
    ASSERT_TRUE(renew(web)->known());
    ::usleep(500'000);
  }
  controller_->signal(SIGKILL);
  controller_->wait();
  start();
  EXPECT_TRUE(renew(web)->known());
  controller_.reset();
  ::umount(directory().c_str());
}

TEST_F(RegistryProcessTest, knows_after_a_kill_at_any_moment_whoever_was_told_that_he_joined) {
  constexpr std::size_t kAtOnce = 8;
  const std::string path = std::string(kRegistryService) + "Join";
  std::vector<wire::JoinResponse> told;
  start();
  for (const int wait : {0, 1'000, 3'000, 9'000, 27'000}) {
    std::array<std::optional<Result<wire::JoinResponse>>, kAtOnce> answers;
    runtime::TaskScope scope(loop_, [](Error) {});
    for (auto& answer : answers) {
      const wire::JoinRequest request = join_request("web", join_token());
      scope.spawn(store(registry_->channel->unary<wire::JoinResponse>(path, request), answer));
    }
    loop_.run_turn(/*may_block=*/false);
    ::usleep(static_cast<useconds_t>(wait));
    controller_->signal(SIGKILL);
    controller_->wait();
    const auto answered = [](const auto& answer) { return answer.has_value(); };
    while (!std::ranges::all_of(answers, answered)) loop_.run_turn(/*may_block=*/true);
    for (const auto& answer : answers) {
      if (*answer) told.push_back(**answer);
    }
    start();
    EXPECT_EQ(controller_->log().find("damaged"), std::string::npos);
    for (const wire::JoinResponse& who : told) EXPECT_TRUE(renew(who)->known());
  }
  EXPECT_FALSE(told.empty());
}

TEST_F(RegistryProcessTest, ends_on_sigterm_and_leaves_no_socket) {
  start();
  join("web");
  registry_.reset();  // nobody turns its loop while the test waits
  controller_->signal(SIGTERM);
  EXPECT_EQ(controller_->wait(), 0) << controller_->log();
  EXPECT_FALSE(std::filesystem::exists(directory() + "/registry.sock"));
}

TEST_F(RegistryProcessTest, exits_64_for_flags_that_cannot_be_and_1_while_its_directory_is_taken) {
  start("127.0.0.1");
  std::vector<std::string> taken = flags("127.0.0.1");
  std::vector<std::string> both = taken;
  both.insert(both.end(), {"--workloads", "/no/such/file"});
  std::vector<std::string> overlap = taken;
  overlap.insert(overlap.end(),
                 {"--pod-networks", "10.0.0.0/8", "--service-networks", "10.1.0.0/16"});
  const Finished second = integration::run(SEINE_CONTROLLER_BINARY, taken);
  EXPECT_EQ(second.exit_code, 1) << second.err;
  EXPECT_NE(second.err.find("is in use by another seine-controller"), std::string::npos);
  const std::pair<std::vector<std::string>, const char*> bad[] = {{both, "--registry-dir"},
                                                                  {overlap, "--service-networks"}};
  for (const auto& [arguments, part] : bad) {
    const Finished finished = integration::run(SEINE_CONTROLLER_BINARY, arguments);
    EXPECT_EQ(finished.exit_code, 64) << finished.err;
    EXPECT_NE(finished.err.find(part), std::string::npos) << finished.err;
  }
}

}  // namespace
}  // namespace seine::integration
