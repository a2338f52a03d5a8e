// SPDX-License-Identifier: Apache-2.0
// The workload source that reads workload_file.h's document from a path and again whenever the file
// changes. It looks every 2 s at time, size and inode, which sees editors that write in place and
// those that rename, and needs no inotify.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "control/registry/workload_source.h"
#include "runtime/event_loop.h"
#include "runtime/task_scope.h"

namespace seine::control {

class StaticFile final : public WorkloadSource {
 public:
  static constexpr std::chrono::seconds kPollInterval{2};

  // Reads the file once; error kInvalidConfig, opened by the path. `loop` and `log` outlive it.
  static Result<std::unique_ptr<StaticFile>> open(runtime::EventLoop& loop, const Log& log,
                                                  std::string path);

  std::shared_ptr<const Snapshot> current() const override { return current_; }
  ChangeNotifier& changes() override { return changes_; }

  // Whether the last reading of the file failed or the file is away; current() is then that of the
  // last good one.
  bool stale() const { return stale_; }

 private:
  // So many looks in a row find no file before it counts as away and not as being replaced.
  static constexpr int kAbsentLooks = 2;

  // What tells one writing of the file from the next.
  struct Stamp {
    std::int64_t modified_ns = 0;
    std::int64_t size = 0;
    std::uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };

  StaticFile(runtime::EventLoop& loop, const Log& log, std::string path, Stamp stamp,
             std::shared_ptr<const Snapshot> first);
  static Result<Stamp> stamp_of(const std::string& path);
  static Result<std::shared_ptr<const Snapshot>> read(const std::string& path);
  runtime::Task<void> watch();
  void note_absence(const Error& error);
  void reload(const Stamp& stamp);

  runtime::EventLoop& loop_;
  const Log& log_;
  const std::string path_;
  std::shared_ptr<const Snapshot> current_;
  Stamp seen_;
  bool stale_ = false;
  int absent_looks_ = 0;  // in a row that found no file, counted to kAbsentLooks
  ChangeNotifier changes_;
  runtime::TaskScope scope_;
};

}  // namespace seine::control
