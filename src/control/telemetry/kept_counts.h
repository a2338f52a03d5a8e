// SPDX-License-Identifier: Apache-2.0
// The folder where the controller keeps what each source has counted, a file for each (0600, in a
// folder of 0700). A file is replaced whole and has been handed to the kernel when store() returns:
// it outlives the controller however that dies, and not the machine, with which every pod that
// counted dies too. So nothing here waits for a disk.
//
// The folder belongs to whoever holds the registry's lock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "control/telemetry/source.h"

namespace seine::control {

class KeptCounts {
 public:
  // Makes the folder if there is none. Error kInvalidConfig.
  static Result<KeptCounts> open(std::string folder);

  // All that was kept. A damaged file is moved aside, as FILE.damaged, and said in the log.
  std::vector<std::unique_ptr<Source>> load(TableBudgets& budgets, const Log& log) const;
  // Error kUnavailable, with the errno; the old file then stays.
  Result<void> store(const Source& source) const;
  void remove(const SourceId& id) const;

 private:
  explicit KeptCounts(std::string folder) : folder_(std::move(folder)) {}
  std::string path_of(const SourceId& id) const;

  std::string folder_;
};

inline SourceId id_of(const Source& source) {
  return {source.reporter.ns, source.reporter.pod, source.reporter.instance};
}

}  // namespace seine::control
