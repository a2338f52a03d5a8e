// SPDX-License-Identifier: Apache-2.0
#include "netns/testing/child.h"

#include <grp.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "base/check.h"
#include "netns/privileges.h"
#include "netns/user_namespace.h"

namespace seine::netns::testing {

namespace {

constexpr unsigned kLimitSeconds = 60;
constexpr uid_t kProxyUid = 2102;

// Whatever it prints has left, and its parent's destructors do not run twice.
[[noreturn]] void leave(bool failed) {
  fflush(stdout);
  fflush(stderr);
  _exit(failed ? 1 : 0);
}

int run_forked(const std::function<void()>& body) {
  fflush(stdout);
  fflush(stderr);
  const pid_t child = fork();
  SEINE_CHECK(child >= 0, "the kernel gives a process");
  if (child == 0) {
    alarm(kLimitSeconds);
    body();
    leave(::testing::Test::HasFailure());
  }
  int status = 0;
  SEINE_CHECK(waitpid(child, &status, 0) == child, "a child can be waited for");
  return status;
}

}  // namespace

std::string privilege_name(Privilege privilege) {
  return privilege == Privilege::kRoot ? "root" : "user";
}

void become_ordinary_user() {
  if (geteuid() != 0) return;
  SEINE_CHECK(setgroups(0, nullptr) == 0 &&
                  setresgid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) == 0 &&
                  setresuid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) == 0,
              "root becomes whom it wants");
  // The kernel hides /proc/self of a process that changed its uid, until the next exec.
  prctl(PR_SET_DUMPABLE, 1);
}

std::optional<std::string> reason_to_skip(Privilege privilege) {
  if (privilege == Privilege::kRoot) {
    if (may_make_namespaces()) return std::nullopt;
    return "the tests do not run as root, or in a container without CAP_SYS_ADMIN";
  }
  int ends[2];
  SEINE_CHECK(pipe(ends) == 0, "the kernel gives a pipe");
  run_forked([&] {
    become_ordinary_user();
    if (const auto entered = enter_new_user_namespace(kProxyUid); !entered) {
      const std::string& reason = entered.error().message;
      if (write(ends[1], reason.data(), reason.size()) < 0) leave(true);
    }
  });
  close(ends[1]);
  char reason[512];
  const ssize_t size = read(ends[0], reason, sizeof reason);
  close(ends[0]);
  if (size <= 0) return std::nullopt;
  return std::string(reason, static_cast<std::size_t>(size));
}

void run_in_child(Privilege privilege, const std::function<void()>& body) {
  const int status = run_forked([&] {
    if (privilege == Privilege::kUser) {
      become_ordinary_user();
      const auto entered = enter_new_user_namespace(kProxyUid);
      ASSERT_TRUE(entered) << entered.error().to_string();
    }
    body();
  });
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  if (WIFEXITED(status)) EXPECT_EQ(WEXITSTATUS(status), 0) << "the child's expectations failed";
}

}  // namespace seine::netns::testing
