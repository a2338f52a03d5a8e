// SPDX-License-Identifier: Apache-2.0
#include "control/registry/static_file.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/file.h"
#include "control/registry/workload_file.h"
#include "runtime/combine.h"

namespace seine::control {
namespace {

constexpr std::size_t kMaxFileBytes = 16 << 20;

}  // namespace

Result<StaticFile::Stamp> StaticFile::stamp_of(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be looked at");
  }
  return Stamp{.modified_ns = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec,
               .size = info.st_size,
               .inode = info.st_ino};
}

Result<std::shared_ptr<const Snapshot>> StaticFile::read(const std::string& path) {
  auto text = read_file(path, kMaxFileBytes);
  if (!text) return fail(std::move(text.error()));
  auto snapshot = parse_workload_file(*text);
  if (!snapshot) return fail(std::move(snapshot.error()).with_context(path));
  return snapshot;
}

Result<std::unique_ptr<StaticFile>> StaticFile::open(runtime::EventLoop& loop, const Log& log,
                                                     std::string path) {
  const auto stamp = stamp_of(path);
  if (!stamp) return fail(stamp.error());
  auto first = read(path);
  if (!first) return fail(std::move(first.error()));
  return std::unique_ptr<StaticFile>(
      new StaticFile(loop, log, std::move(path), *stamp, std::move(*first)));
}

StaticFile::StaticFile(runtime::EventLoop& loop, const Log& log, std::string path, Stamp stamp,
                       std::shared_ptr<const Snapshot> first)
    : loop_(loop),
      log_(log),
      path_(std::move(path)),
      current_(std::move(first)),
      seen_(stamp),
      scope_(loop, [](Error) {}) {
  scope_.spawn(watch());
}

runtime::Task<void> StaticFile::watch() {
  for (;;) {
    co_await runtime::sleep_for(loop_, kPollInterval);
    const auto stamp = stamp_of(path_);
    if (!stamp) {
      note_absence(stamp.error());
    } else if (*stamp != seen_ || absent_looks_ >= kAbsentLooks) {
      reload(*stamp);
    }
    if (stamp) absent_looks_ = 0;
  }
}

// A file that is away for a moment is being replaced; only one that stays away is worth a word.
void StaticFile::note_absence(const Error& error) {
  if (absent_looks_ == kAbsentLooks || ++absent_looks_ < kAbsentLooks) return;
  stale_ = true;
  log_error(log_, "the workload file is away, what it said before stays in force",
            {{"reason", error.message}, {"cause", std::string(errno_name(error.cause_code))}});
}

// The stamp is older than the reading: what changes between the two, such as a file that is caught
// half written, is seen at the next look.
void StaticFile::reload(const Stamp& stamp) {
  auto snapshot = read(path_);
  seen_ = stamp;
  if (!snapshot) {
    stale_ = true;
    log_error(log_, "the workload file cannot be used, what it said before stays in force",
              {{"reason", snapshot.error().message}});
    return;
  }
  if (absent_looks_ == kAbsentLooks) log_info(log_, "the workload file is back");
  stale_ = false;
  const bool changed = (*snapshot)->workloads() != current_->workloads() ||
                       (*snapshot)->services() != current_->services();
  if (!changed) return;
  current_ = std::move(*snapshot);
  log_info(log_, "workload file reloaded",
           {{"workloads", std::to_string(current_->workloads().size())},
            {"services", std::to_string(current_->services().size())}});
  changes_.notify();
}

}  // namespace seine::control
