// SPDX-License-Identifier: Apache-2.0
#include "netns/user_namespace.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "netns/fd_passing.h"
#include "netns/namespace.h"
#include "netns/privileges.h"
#include "netns/testing/kernel_test.h"

namespace seine::netns {
namespace {

using testing::kProxyUid;
using testing::Privilege;

TEST(UserNamespace, subordinate_ids_are_found_by_name_or_number) {
  const std::string_view file = "ann:100000:65536\n1001:200000:65536\nbob:300000:1\n";
  EXPECT_EQ(first_subordinate_id(file, "ann", 1000), 100000u);
  EXPECT_EQ(first_subordinate_id(file, "carl", 1001), 200000u);
  EXPECT_EQ(first_subordinate_id(file, "bob", 7), 300000u);
  EXPECT_EQ(first_subordinate_id(file, "dora", 7), std::nullopt);
}

TEST(UserNamespace, lines_of_another_form_are_passed_over) {
  EXPECT_EQ(first_subordinate_id("ann\nann:\nann:x:1\nann:5:0\nann:0:9\n:::\nann:9:1", "ann", 1),
            9u);
  EXPECT_EQ(first_subordinate_id("ann:99999999999:1\n", "ann", 1), std::nullopt);
  EXPECT_EQ(first_subordinate_id("", "ann", 1), std::nullopt);
  EXPECT_EQ(first_subordinate_id(":7:1\n", "", 1), std::nullopt);
}

// Runs `body` as an ordinary user that is in no user namespace yet.
void run_as_user(const std::function<void()>& body) {
  if (const auto reason = testing::reason_to_skip(Privilege::kUser)) GTEST_SKIP() << *reason;
  testing::run_in_child(Privilege::kRoot, [&] {
    testing::become_ordinary_user();
    body();
  });
}

TEST(UserNamespace, a_user_keeps_their_uid_and_may_make_namespaces) {
  run_as_user([] {
    const uid_t uid = geteuid();
    EXPECT_FALSE(may_make_namespaces());
    const auto mapping = enter_new_user_namespace(kProxyUid);
    ASSERT_TRUE(mapping) << mapping.error().to_string();
    EXPECT_EQ(mapping->uid, uid);
    EXPECT_EQ(geteuid(), uid);
    EXPECT_TRUE(may_make_namespaces());
    EXPECT_TRUE(NetworkNamespace::create());
  });
}

TEST(UserNamespace, with_subordinate_ids_proxies_have_a_uid_of_their_own) {
  constexpr auto kPrivilege = Privilege::kUserWithProxyUid;
  if (const auto reason = testing::reason_to_skip(kPrivilege)) GTEST_SKIP() << *reason;
  testing::run_in_child(kPrivilege, [] {
    EXPECT_EQ(geteuid(), testing::kOrdinaryUid);
    EXPECT_EQ(setresgid(kProxyUid, kProxyUid, kProxyUid), 0);
    EXPECT_EQ(setresuid(kProxyUid, kProxyUid, kProxyUid), 0);
  });
}

TEST(UserNamespace, another_process_of_the_user_joins_by_a_passed_descriptor) {
  run_as_user([] {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    const pid_t runner = fork();
    if (runner == 0) {
      // What `seine run` does: joins, then enters the hub with a thread.
      auto passed = receive_descriptors(ends[1]);
      if (!passed || passed->descriptors.size() != 2) _exit(1);
      if (may_make_namespaces() || !join_user_namespace(passed->descriptors[0])) _exit(2);
      const auto hub = NetworkNamespace::adopt(std::move(passed->descriptors[1]));
      if (!hub || !hub->tcp_listener({IpAddress::v4(0x7f000001), 53})) _exit(3);
      _exit(may_make_namespaces() ? 0 : 4);
    }
    ASSERT_TRUE(enter_new_user_namespace(kProxyUid));
    const auto user = current_user_namespace();
    const auto hub = NetworkNamespace::create();
    ASSERT_TRUE(user && hub);
    ASSERT_TRUE(send_descriptors(ends[0], "welcome\n", {user->get(), hub->fd()}));
    int status = 0;
    ASSERT_EQ(waitpid(runner, &status, 0), runner);
    EXPECT_EQ(status, 0) << "step " << WEXITSTATUS(status);
  });
}

TEST(UserNamespace, a_process_with_threads_is_told_why_not) {
  run_as_user([] {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    std::thread other([&] {
      char byte;
      EXPECT_EQ(read(ends[0], &byte, 1), 1);
    });
    const auto entered = enter_new_user_namespace(kProxyUid);
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    other.join();
    ASSERT_FALSE(entered);
    EXPECT_NE(entered.error().message.find("threads"), std::string::npos);
  });
}

TEST(UserNamespace, what_is_no_user_namespace_cannot_be_joined) {
  run_as_user([] {
    auto network = NetworkNamespace::current();
    ASSERT_TRUE(network);
    const Descriptor fd(dup(network->fd()));
    EXPECT_EQ(join_user_namespace(fd).error().code, ErrorCode::kInvalidArgument);
    // The host's own: an ordinary user may not.
    EXPECT_EQ(join_user_namespace(*current_user_namespace()).error().code, ErrorCode::kUnavailable);
  });
}

}  // namespace
}  // namespace seine::netns
