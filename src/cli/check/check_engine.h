// SPDX-License-Identifier: Apache-2.0
// `seine check` without what it looks at: checks in categories, one after the other, each with a
// deadline of its own, and what came of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

enum class CheckLevel : std::uint8_t { kSuccess, kWarning, kError };
std::string_view check_level_name(CheckLevel level);  // "success", "warning", "error"

// Skipped: there is nothing to look at, and nothing is said.
enum class CheckAnswer : std::uint8_t { kHolds, kSkipped };
// An error is what does not hold: its message, of which each further line is an offender.
using CheckVerdict = Result<CheckAnswer>;

// The look at one thing. Dropped when the deadline passes; may be called again.
class Look {
 public:
  virtual ~Look() = default;
  virtual runtime::Task<CheckVerdict> look() = 0;
};

inline constexpr Duration kCheckDeadline = std::chrono::seconds(5);
// Between two looks of a check that is retried.
inline constexpr Duration kCheckRetry = std::chrono::seconds(1);

struct Check {
  std::string description;  // what holds, as a sentence without a stop
  std::string hint;         // what to do if it does not
  std::unique_ptr<Look> look;
  Duration deadline = kCheckDeadline;
  bool is_warning = false;  // if it fails, the exit code is still 0
  bool is_retried = false;  // what does not hold now may soon
  bool is_fatal = false;    // if it fails, those behind it make no sense and are left out
};

struct CheckCategory {
  std::string name;
  std::vector<Check> checks;
};

struct CheckResult {
  std::string category;
  std::string description;
  CheckLevel level = CheckLevel::kSuccess;
  std::string problem;  // empty on success, as is `hint`
  std::string hint;
};

// Told as it happens, on the loop.
class CheckObserver {
 public:
  virtual ~CheckObserver() = default;
  virtual void on_result(const CheckResult& result) = 0;
  // A check that failed is retried.
  virtual void on_wait(const Check& check) = 0;
};

// All that is not skipped, in order. Checks that are retried go on until `wait` after the start;
// a look that has begun may then still take its deadline. The rest outlives the task.
runtime::Task<std::vector<CheckResult>> run_checks(runtime::EventLoop& loop,
                                                   const std::vector<CheckCategory>& categories,
                                                   Duration wait, CheckObserver& observer);

// The worst of them.
CheckLevel worst_of(const std::vector<CheckResult>& results);

// Functions as looks. `context` outlives the look.
template <class Context>
class AsyncLook final : public Look {
 public:
  using Function = runtime::Task<CheckVerdict> (*)(Context&);
  AsyncLook(Context& context, Function function) : context_(context), function_(function) {}
  [[clang::coro_wrapper]] runtime::Task<CheckVerdict> look() override {
    return function_(context_);
  }

 private:
  Context& context_;
  Function function_;
};
template <class Context>
class PlainLook final : public Look {
 public:
  using Function = CheckVerdict (*)(Context&);
  PlainLook(Context& context, Function function) : context_(context), function_(function) {}
  runtime::Task<CheckVerdict> look() override { co_return function_(context_); }

 private:
  Context& context_;
  Function function_;
};
template <class Context>
std::unique_ptr<Look> look_by(Context& context, runtime::Task<CheckVerdict> (*function)(Context&)) {
  return std::make_unique<AsyncLook<Context>>(context, function);
}
template <class Context>
std::unique_ptr<Look> look_by(Context& context, CheckVerdict (*function)(Context&)) {
  return std::make_unique<PlainLook<Context>>(context, function);
}

// "SENTENCE:" and a line for each offender; holds if there is none.
CheckVerdict none_of(std::string_view sentence, const std::vector<std::string>& offenders);

}  // namespace seine::cli
