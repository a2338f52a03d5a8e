// SPDX-License-Identifier: Apache-2.0
#include "cli/check/check_output.h"

#include <array>

#include "cli/table.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

// Each line of `text`, indented and made printable.
std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = text.find('\n');
    out.append("    ").append(printable(text.substr(0, end))).append("\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

}  // namespace

std::string CheckPrinter::mark(CheckLevel level) const {
  static constexpr std::array<std::string_view, 3> kMarks{"√", "‼", "×"};
  static constexpr std::array<std::string_view, 3> kAscii{"+", "!", "x"};
  static constexpr std::array<Colour, 3> kColours{Colour::kGreen, Colour::kYellow, Colour::kRed};
  const auto index = static_cast<std::size_t>(level);
  return terminal_.paint(kColours[index], (terminal_.is_utf8 ? kMarks : kAscii)[index]);
}

void CheckPrinter::on_result(const CheckResult& result) {
  clear_wait();
  if (lines_ == Lines::kProblems && result.level == CheckLevel::kSuccess) return;
  std::string out;
  if (category_ != result.category) {
    if (wrote_) out += "\n";
    category_ = result.category;
    out += category_ + "\n" + std::string(display_width(category_), '-') + "\n";
  }
  out += mark(result.level) + " " + printable(result.description) + "\n";
  out += indented(result.problem) + indented(result.hint);
  wrote_ = true;
  sink_(out);
}

void CheckPrinter::on_wait(const Check& check) {
  if (!terminal_.is_tty) return;
  static constexpr std::string_view kTurns = "|/-\\";
  clear_wait();
  sink_(std::string(1, kTurns[turn_++ % kTurns.size()]) +
        " waiting for: " + printable(check.description));
  waits_ = true;
}

void CheckPrinter::clear_wait() {
  if (waits_) sink_("\r\x1b[K");
  waits_ = false;
}

void CheckPrinter::finish(CheckLevel worst) {
  clear_wait();
  sink_((wrote_ ? "\n" : "") + std::string("Status check results are ") + mark(worst) + "\n");
}

std::string check_json(const std::vector<CheckResult>& results) {
  json::Writer out;
  out.begin_object();
  out.key("success").boolean(worst_of(results) != CheckLevel::kError);
  out.key("categories").begin_array();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const CheckResult& result = results[i];
    if (i == 0 || results[i - 1].category != result.category) {
      if (i > 0) out.end_array().end_object();
      out.begin_object().key("categoryName").string(result.category).key("checks").begin_array();
    }
    out.begin_object().key("description").string(result.description);
    if (!result.hint.empty()) out.key("hint").string(result.hint);
    if (!result.problem.empty()) out.key("error").string(result.problem);
    out.key("result").string(check_level_name(result.level)).end_object();
  }
  if (!results.empty()) out.end_array().end_object();
  out.end_array().end_object();
  return std::move(out).take();
}

}  // namespace seine::cli
