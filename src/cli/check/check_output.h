// SPDX-License-Identifier: Apache-2.0
// What `seine check` says, in Linkerd's form (reference: linkerd 2.1).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/check/check_engine.h"
#include "cli/output.h"

namespace seine::cli {

// For people, as the checks end:
//
//   mesh
//   ----
//   √ a mesh runs in /var/lib/seine
//   × the state folder is closed to others
//       /var/lib/seine is open to others, and holds keys
//       chmod 700 /var/lib/seine
//
//   Status check results are ×
class CheckPrinter final : public CheckObserver {
 public:
  enum class Lines : unsigned char { kAll, kProblems };
  using Sink = std::function<void(std::string_view)>;

  CheckPrinter(const Terminal& terminal, Lines lines, Sink sink)
      : terminal_(terminal), lines_(lines), sink_(std::move(sink)) {}

  void on_result(const CheckResult& result) override;
  // A line that is overwritten, on a terminal only.
  void on_wait(const Check& check) override;
  // The last line.
  void finish(CheckLevel worst);

 private:
  std::string mark(CheckLevel level) const;
  void clear_wait();

  const Terminal& terminal_;
  const Lines lines_;
  const Sink sink_;
  std::string category_;
  bool wrote_ = false;
  bool waits_ = false;
  unsigned turn_ = 0;
};

// {"success": ..., "categories": [{"categoryName": ..., "checks": [{"description": ..., "hint":
// ..., "error": ..., "result": "success"}]}]}; hint and error only where it is no success.
std::string check_json(const std::vector<CheckResult>& results);

}  // namespace seine::cli
