// SPDX-License-Identifier: Apache-2.0
#include "netns/nft.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>

#include "netns/privileges.h"

namespace seine::netns {

namespace {

constexpr std::size_t kMaxOutput = 1 << 20;

// The PATH of an ordinary user has no sbin.
std::optional<std::string> find_nft() {
  const char* path = getenv("PATH");
  std::string folders = path != nullptr ? path : "";
  folders += ":/usr/sbin:/sbin:/usr/local/sbin";
  for (std::size_t at = 0; at <= folders.size();) {
    const std::size_t end = std::min(folders.find(':', at), folders.size());
    const std::string candidate = folders.substr(at, end - at) + "/nft";
    at = end + 1;
    if (candidate.front() == '/' && access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

Result<Descriptor> memory_file(std::string_view content) {
  Descriptor file(memfd_create("seine-nft", MFD_CLOEXEC));
  if (!file || write(file.get(), content.data(), content.size()) != std::ssize(content) ||
      lseek(file.get(), 0, SEEK_SET) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot hold a script for nft");
  }
  return file;
}

std::string content_of(const Descriptor& file) {
  std::string text(kMaxOutput, '\0');
  const ssize_t size = pread(file.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

// On a thread inside. The program is started by uid, so what it may do it gets as ambient.
Result<int> run_program(const std::string& program, const Descriptor& in, const Descriptor& out,
                        const Descriptor& err) {
  if (Result<void> kept = keep_across_exec(CAP_NET_ADMIN); !kept) return fail(kept.error());
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err.get(), STDERR_FILENO);
  std::string name = "nft", flag = "-f", stdin_name = "-", locale = "LC_ALL=C";
  char* argv[] = {name.data(), flag.data(), stdin_name.data(), nullptr};
  char* environment[] = {locale.data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &files, nullptr, argv, environment);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) return fail_errno(ErrorCode::kUnavailable, failed, "cannot start " + program);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    // With SIGCHLD ignored nobody learns how it ended, and rules that may not be there are none.
    if (errno != EINTR) return fail_errno(ErrorCode::kInternal, errno, "cannot wait for nft");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

Result<std::string> run_nft(const NetworkNamespace& inside, std::string_view script) {
  const std::optional<std::string> program = find_nft();
  if (!program) {
    return fail(ErrorCode::kUnavailable,
                "the program nft is not installed; install the package nftables");
  }
  const Result<Descriptor> in = memory_file(script), out = memory_file({}), err = memory_file({});
  for (const auto* file : {&in, &out, &err}) {
    if (!*file) return fail(file->error());
  }
  const Result<int> code = inside.run([&] { return run_program(*program, *in, *out, *err); });
  if (!code) return fail(code.error());
  if (*code == 0) return content_of(*out);
  const std::string complaint = content_of(*err);
  return fail(ErrorCode::kUnavailable,
              "nft refused our rules; the kernel must have nf_tables with inet, nat, ct and reject "
              "(CONFIG_NF_TABLES_INET and what belongs to it): " +
                  complaint.substr(0, complaint.find('\n')));
}

}  // namespace seine::netns
