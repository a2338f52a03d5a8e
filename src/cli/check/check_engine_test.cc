// SPDX-License-Identifier: Apache-2.0
#include "cli/check/check_engine.h"

#include <gtest/gtest.h>

#include <optional>

#include "runtime/combine.h"
#include "runtime/testing/test_loop.h"

namespace seine::cli {
namespace {

using namespace std::chrono_literals;
using runtime::testing::TestLoop;

// Answers in turn what it was given, the last one for ever; nothing: it hangs.
class FakeLook final : public Look {
 public:
  FakeLook(runtime::EventLoop& loop, std::vector<std::optional<CheckVerdict>> answers, int& looks)
      : loop_(loop), answers_(std::move(answers)), looks_(looks) {}
  runtime::Task<CheckVerdict> look() override {
    const std::size_t last = answers_.size() - 1;
    const auto answer = answers_[std::min<std::size_t>(static_cast<std::size_t>(looks_++), last)];
    if (!answer) co_await runtime::sleep_for(loop_, 24h);
    co_return answer.value_or(CheckAnswer::kHolds);
  }

 private:
  runtime::EventLoop& loop_;
  const std::vector<std::optional<CheckVerdict>> answers_;
  int& looks_;
};

class Heard final : public CheckObserver {
 public:
  void on_result(const CheckResult& result) override { results.push_back(result.description); }
  void on_wait(const Check& check) override { waits.push_back(check.description); }
  std::vector<std::string> results;
  std::vector<std::string> waits;
};

struct CheckEngine : ::testing::Test {
  TestLoop t;
  int looks = 0;
  Heard heard;

  static CheckVerdict holds() { return CheckAnswer::kHolds; }
  static CheckVerdict fails(std::string why = "it broke") {
    return fail(ErrorCode::kUnavailable, std::move(why));
  }
  Check check(std::string description, std::vector<std::optional<CheckVerdict>> answers) {
    return {.description = std::move(description),
            .hint = "mend it",
            .look = std::make_unique<FakeLook>(t.loop, std::move(answers), looks)};
  }
  static std::vector<CheckCategory> category(Check first, std::optional<Check> second = {}) {
    std::vector<CheckCategory> out(1);
    out[0].name = "things";
    out[0].checks.push_back(std::move(first));
    if (second) out[0].checks.push_back(std::move(*second));
    return out;
  }
  // What came of them, in at most `within`.
  std::vector<CheckResult> run(const std::vector<CheckCategory>& categories, Duration wait = 0s,
                               Duration within = 1s) {
    std::optional<std::vector<CheckResult>> out;
    runtime::TaskScope scope(t.loop, [](Error) {});
    scope.spawn(store(run_checks(t.loop, categories, wait, heard), out));
    t.advance(within, 100ms);
    EXPECT_TRUE(out) << "they had not ended after " << format_duration(within);
    return out.value_or(std::vector<CheckResult>());
  }

 private:
  static runtime::Task<void> store(runtime::Task<std::vector<CheckResult>> task,
                                   std::optional<std::vector<CheckResult>>& out) {
    out.emplace(co_await std::move(task));
  }
};

TEST_F(CheckEngine, says_what_holds_without_problem_or_hint) {
  const auto results = run(category(check("it stands", {holds()})));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].category, "things");
  EXPECT_EQ(results[0].level, CheckLevel::kSuccess);
  EXPECT_EQ(results[0].problem + results[0].hint, "");
  EXPECT_EQ(worst_of(results), CheckLevel::kSuccess);
}

TEST_F(CheckEngine, gives_what_does_not_hold_its_problem_and_hint_and_goes_on) {
  const auto results = run(category(check("one", {fails()}), check("two", {holds()})));
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].level, CheckLevel::kError);
  EXPECT_EQ(results[0].problem, "it broke");
  EXPECT_EQ(results[0].hint, "mend it");
  EXPECT_EQ(worst_of(results), CheckLevel::kError);
  EXPECT_EQ(heard.results, (std::vector<std::string>{"one", "two"}));
}

TEST_F(CheckEngine, counts_a_failed_warning_as_a_warning) {
  Check soft = check("soft", {fails()});
  soft.is_warning = true;
  const auto results = run(category(std::move(soft)));
  EXPECT_EQ(worst_of(results), CheckLevel::kWarning);
}

TEST_F(CheckEngine, ends_a_check_that_hangs_at_its_own_deadline_and_says_so) {
  Check hangs = check("hangs", {std::nullopt});
  hangs.deadline = 3s;
  const auto results = run(category(std::move(hangs), check("next", {holds()})), 0s, 3100ms);
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].problem, "it had not ended after 3s");
  EXPECT_EQ(results[1].level, CheckLevel::kSuccess);
}

TEST_F(CheckEngine, leaves_out_all_behind_a_fatal_failure_and_nothing_behind_a_fatal_success) {
  Check fatal = check("fatal", {fails()});
  fatal.is_fatal = true;
  EXPECT_EQ(run(category(std::move(fatal), check("next", {holds()}))).size(), 1u);
  looks = 0;
  Check well = check("well", {holds()});
  well.is_fatal = true;
  EXPECT_EQ(run(category(std::move(well), check("next", {holds()}))).size(), 2u);
}

TEST_F(CheckEngine, says_nothing_of_a_check_that_skips_itself) {
  const auto results = run(category(check("skips", {CheckVerdict(CheckAnswer::kSkipped)})));
  EXPECT_TRUE(results.empty());
  EXPECT_TRUE(heard.results.empty());
  EXPECT_EQ(worst_of(results), CheckLevel::kSuccess);
}

TEST_F(CheckEngine, looks_once_without_wait_even_at_what_is_retried) {
  Check retried = check("retried", {fails(), holds()});
  retried.is_retried = true;
  EXPECT_EQ(worst_of(run(category(std::move(retried)))), CheckLevel::kError);
  EXPECT_EQ(looks, 1);
  EXPECT_TRUE(heard.waits.empty());
}

TEST_F(CheckEngine, looks_again_until_it_holds_within_the_wait) {
  Check retried = check("retried", {fails(), fails(), holds()});
  retried.is_retried = true;
  EXPECT_EQ(worst_of(run(category(std::move(retried)), 10s, 3s)), CheckLevel::kSuccess);
  EXPECT_EQ(looks, 3);
  EXPECT_EQ(heard.waits, (std::vector<std::string>{"retried", "retried"}));
  EXPECT_EQ(heard.results.size(), 1u) << "only the last look counts";
}

TEST_F(CheckEngine, gives_up_when_the_wait_is_over) {
  Check retried = check("retried", {fails()});
  retried.is_retried = true;
  EXPECT_EQ(worst_of(run(category(std::move(retried)), 3s, 4s)), CheckLevel::kError);
  EXPECT_EQ(looks, 4);
}

TEST_F(CheckEngine, does_not_look_again_at_what_is_not_retried) {
  EXPECT_EQ(worst_of(run(category(check("once", {fails(), holds()})), 10s)), CheckLevel::kError);
  EXPECT_EQ(looks, 1);
}

TEST_F(CheckEngine, adds_the_errno_to_a_problem_that_has_one) {
  const auto results = run(category(
      check("opens", {CheckVerdict(fail_errno(ErrorCode::kUnavailable, ENOENT, "no such"))})));
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].problem, "no such: ENOENT");
}

TEST(NoneOf, names_every_offender) {
  EXPECT_TRUE(none_of("not ready", {}));
  const auto verdict = none_of("not ready", {"shop/web-1 (v1)", "shop/web-2 (v2)"});
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().message, "not ready:\n* shop/web-1 (v1)\n* shop/web-2 (v2)");
}

}  // namespace
}  // namespace seine::cli
