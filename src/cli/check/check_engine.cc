// SPDX-License-Identifier: Apache-2.0
#include "cli/check/check_engine.h"

#include <algorithm>

#include "runtime/combine.h"

namespace seine::cli {
namespace {

// One check to its end. Nothing: it was skipped.
runtime::Task<CheckVerdict> settle(runtime::EventLoop& loop, const Check& check, TimePoint until,
                                   CheckObserver& observer) {
  for (;;) {
    auto verdict = co_await runtime::with_deadline(loop, check.deadline, ErrorCode::kTimeout,
                                                   "it had not ended", check.look->look());
    if (verdict || !check.is_retried || loop.now() + kCheckRetry > until) co_return verdict;
    observer.on_wait(check);
    co_await runtime::sleep_for(loop, kCheckRetry);
  }
}

std::string problem_of(const Error& error) {
  std::string text = error.message;
  if (error.cause == Error::Cause::kErrno) text.append(": ").append(errno_name(error.cause_code));
  return text;
}

}  // namespace

std::string_view check_level_name(CheckLevel level) {
  switch (level) {
    case CheckLevel::kSuccess: return "success";
    case CheckLevel::kWarning: return "warning";
    case CheckLevel::kError: break;
  }
  return "error";
}

runtime::Task<std::vector<CheckResult>> run_checks(runtime::EventLoop& loop,
                                                   const std::vector<CheckCategory>& categories,
                                                   Duration wait, CheckObserver& observer) {
  std::vector<CheckResult> results;
  const TimePoint until = loop.now() + wait;
  for (const CheckCategory& category : categories) {
    for (const Check& check : category.checks) {
      const CheckVerdict verdict = co_await settle(loop, check, until, observer);
      if (verdict && *verdict == CheckAnswer::kSkipped) continue;
      CheckResult result{.category = category.name, .description = check.description};
      if (!verdict) {
        result.level = check.is_warning ? CheckLevel::kWarning : CheckLevel::kError;
        result.problem = problem_of(verdict.error());
        result.hint = check.hint;
      }
      observer.on_result(result);
      results.push_back(std::move(result));
      if (!verdict && check.is_fatal) co_return results;
    }
  }
  co_return results;
}

CheckLevel worst_of(const std::vector<CheckResult>& results) {
  CheckLevel worst = CheckLevel::kSuccess;
  for (const CheckResult& result : results) worst = std::max(worst, result.level);
  return worst;
}

CheckVerdict none_of(std::string_view sentence, const std::vector<std::string>& offenders) {
  if (offenders.empty()) return CheckAnswer::kHolds;
  std::string text = std::string(sentence) + ":";
  for (const std::string& offender : offenders) text += "\n* " + offender;
  return fail(ErrorCode::kUnavailable, std::move(text));
}

}  // namespace seine::cli
