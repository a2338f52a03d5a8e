// SPDX-License-Identifier: Apache-2.0
#include "cli/check/check_output.h"

#include <gtest/gtest.h>

namespace seine::cli {
namespace {

const std::vector<CheckResult>& some_results() {
  static const std::vector<CheckResult> results{
      {.category = "mesh", .description = "a mesh runs in /m"},
      {.category = "mesh",
       .description = "the state folder has room",
       .level = CheckLevel::kWarning,
       .problem = "/m has 3 MiB left",
       .hint = "free some space"},
      {.category = "data-plane",
       .description = "proxies are ready",
       .level = CheckLevel::kError,
       .problem = "not ready:\n* shop/web-1 (v1)\n* shop/web-2 (\x1b[2J)",
       .hint = "wait"}};
  return results;
}

struct Printed {
  std::string text;
  Terminal terminal;

  std::string print(CheckPrinter::Lines lines, const std::vector<CheckResult>& results) {
    CheckPrinter printer(terminal, lines, [this](std::string_view part) { text += part; });
    for (const CheckResult& result : results) printer.on_result(result);
    printer.finish(worst_of(results));
    return text;
  }
};

TEST(CheckOutput, is_categories_underlined_with_marked_lines_and_a_last_line) {
  EXPECT_EQ(Printed().print(CheckPrinter::Lines::kAll, some_results()),
            "mesh\n"
            "----\n"
            "√ a mesh runs in /m\n"
            "‼ the state folder has room\n"
            "    /m has 3 MiB left\n"
            "    free some space\n"
            "\n"
            "data-plane\n"
            "----------\n"
            "× proxies are ready\n"
            "    not ready:\n"
            "    * shop/web-1 (v1)\n"
            "    * shop/web-2 (\\x1b[2J)\n"
            "    wait\n"
            "\n"
            "Status check results are ×\n");
}

TEST(CheckOutput, in_short_is_what_is_not_well) {
  EXPECT_EQ(Printed().print(CheckPrinter::Lines::kProblems, {some_results()[0]}),
            "Status check results are √\n");
  EXPECT_EQ(Printed().print(CheckPrinter::Lines::kProblems, {some_results()[0], some_results()[1]}),
            "mesh\n"
            "----\n"
            "‼ the state folder has room\n"
            "    /m has 3 MiB left\n"
            "    free some space\n"
            "\n"
            "Status check results are ‼\n");
}

TEST(CheckOutput, has_marks_of_ascii_where_the_terminal_knows_no_other) {
  Printed printed{.text = "", .terminal = {.is_utf8 = false}};
  EXPECT_EQ(printed.print(CheckPrinter::Lines::kAll, {some_results()[0]}),
            "mesh\n----\n+ a mesh runs in /m\n\nStatus check results are +\n");
}

TEST(CheckOutput, shows_a_line_that_waits_on_a_terminal_and_nowhere_else) {
  const Check check{.description = "the controller answers", .hint = "", .look = nullptr};
  for (const bool is_tty : {false, true}) {
    const Terminal terminal{.is_tty = is_tty};
    std::string text;
    CheckPrinter printer(terminal, CheckPrinter::Lines::kAll,
                         [&text](std::string_view part) { text += part; });
    printer.on_wait(check);
    EXPECT_EQ(text, is_tty ? "| waiting for: the controller answers" : "");
    text.clear();
    printer.finish(CheckLevel::kSuccess);
    EXPECT_EQ(text, std::string(is_tty ? "\r\x1b[K" : "") + "Status check results are √\n");
  }
}

TEST(CheckOutput, as_json_has_the_keys_that_linkerd_has) {
  const std::string expected =
      R"j({"success":false,"categories":[{"categoryName":"mesh","checks":[)j"
      R"j({"description":"a mesh runs in /m","result":"success"},)j"
      R"j({"description":"the state folder has room","hint":"free some space",)j"
      R"j("error":"/m has 3 MiB left","result":"warning"}]},)j"
      R"j({"categoryName":"data-plane","checks":[{"description":"proxies are ready",)j"
      R"j("hint":"wait","error":"not ready:\n* shop/web-1 (v1)\n* shop/web-2 (\u001b[2J)",)j"
      R"j("result":"error"}]}]})j";
  EXPECT_EQ(check_json(some_results()), expected);
  EXPECT_EQ(check_json({}), R"({"success":true,"categories":[]})");
}

TEST(CheckOutput, as_json_is_a_success_with_warnings) {
  EXPECT_TRUE(check_json({some_results()[1]}).starts_with(R"({"success":true,)"));
}

}  // namespace
}  // namespace seine::cli
