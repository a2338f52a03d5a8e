// SPDX-License-Identifier: Apache-2.0
#include "netns/testing/child.h"

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gtest/gtest.h"

#include "base/check.h"
#include "netns/privileges.h"
#include "netns/user_namespace.h"

namespace seine::netns::testing {

namespace {

constexpr unsigned kLimitSeconds = 240;

// A test that is killed leaves nobody behind. The kernel forgets it when a process changes its uid.
void end_with_parent() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
}

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
    end_with_parent();
    alarm(kLimitSeconds);
    // An exception may not unwind into the test runner: the child would run all tests to come.
    [&]() noexcept { body(); }();
    leave(::testing::Test::HasFailure());
  }
  int status = 0;
  SEINE_CHECK(waitpid(child, &status, 0) == child, "a child can be waited for");
  return status;
}

// Puts `content` over a file of the machine, for this process alone.
void cover(const std::string& content, const char* path) {
  std::string name = "/tmp/seine-netns-XXXXXX";
  const int file = mkstemp(name.data());
  const bool covered = write(file, content.data(), content.size()) == std::ssize(content) &&
                       fchmod(file, 0644) == 0 &&
                       mount(name.c_str(), path, nullptr, MS_BIND, nullptr) == 0;
  unlink(name.c_str());
  close(file);
  SEINE_CHECK(covered, "root covers what it wants");
}

// What an administrator does who lets users have subordinate ids.
void give_subordinate_ids() {
  SEINE_CHECK(
      unshare(CLONE_NEWNS) == 0 && mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0,
      "root makes a mount namespace");
  const std::string ids = std::to_string(kOrdinaryUid) + ":700000:10\n";
  cover(ids, "/etc/subuid");
  cover(ids, "/etc/subgid");
}

}  // namespace

std::string privilege_name(Privilege privilege) {
  switch (privilege) {
    case Privilege::kRoot: return "root";
    case Privilege::kUser: return "user";
    case Privilege::kUserWithProxyUid: return "user_with_proxy_uid";
  }
  return "";
}

void become_ordinary_user() {
  if (geteuid() != 0) return;
  SEINE_CHECK(setgroups(0, nullptr) == 0 &&
                  setresgid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) == 0 &&
                  setresuid(kOrdinaryUid, kOrdinaryUid, kOrdinaryUid) == 0,
              "root becomes whom it wants");
  // The kernel hides /proc/self of a process that changed its uid, until the next exec.
  prctl(PR_SET_DUMPABLE, 1);
  end_with_parent();
}

std::optional<std::string> reason_to_skip(Privilege privilege) {
  if (privilege == Privilege::kRoot) {
    if (may_make_namespaces()) return std::nullopt;
    return "the tests do not run as root, or in a container without CAP_SYS_ADMIN";
  }
  if (privilege == Privilege::kUserWithProxyUid) {
    if (geteuid() != 0) return "the tests do not run as root, who could give subordinate ids";
    if (access("/usr/bin/newuidmap", X_OK) != 0 || access("/etc/subuid", F_OK) != 0) {
      return "newuidmap is not installed (Debian's package uidmap)";
    }
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
    if (privilege == Privilege::kUserWithProxyUid) give_subordinate_ids();
    if (privilege != Privilege::kRoot) {
      become_ordinary_user();
      const auto entered = enter_new_user_namespace(kProxyUid);
      ASSERT_TRUE(entered) << entered.error().to_string();
      ASSERT_TRUE(entered->proxy_uid || privilege == Privilege::kUser);
    }
    body();
  });
  EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
  if (WIFEXITED(status)) EXPECT_EQ(WEXITSTATUS(status), 0) << "the child's expectations failed";
}

}  // namespace seine::netns::testing
