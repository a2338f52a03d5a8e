// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/objective_draft.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/shown_text.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

struct TargetKind {
  std::string_view word;
  std::string_view member;  // of the document
};

constexpr std::array<TargetKind, 5> kKinds{{{"svc", "service"},
                                            {"service", "service"},
                                            {"deploy", "workload"},
                                            {"deployment", "workload"},
                                            {"workload", "workload"}}};

// {"service", "payments"} of "svc/payments".
Result<std::pair<std::string_view, std::string_view>> parse_target(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view name =
      slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  const auto kind = std::ranges::find(kKinds, text.substr(0, slash), &TargetKind::word);
  if (kind != kKinds.end() && !name.empty() && !name.contains('/'))
    return std::pair(kind->member, name);
  return fail(
      ErrorCode::kInvalidConfig,
      "\"" + brief(text) +
          "\" is no target; write svc/NAME, deploy/NAME or workload/NAME, and the namespace "
          "with -n");
}

void add(json::Writer& out, std::string_view key, const std::string& value) {
  if (!value.empty()) out.key(key).string(value);
}

// As a shell takes it for one word.
std::string quoted(std::string_view text) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._/%:").contains(c);
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

}  // namespace

std::vector<Flag> ObjectiveDraft::goal_flags() {
  return {{"-n,--namespace", "NS", "of the target (default: default)", &ns, {}},
          {"--success", "SHARE", "of all requests that are to succeed, as 99.9%", &success, {}},
          {"--latency", "TIME", "in which requests are to be answered, as 50ms", &latency, {}},
          {"--quantile-share", "SHARE", "of them, with --latency, as 99%", &quantile_share, {}},
          {"--window", "WINDOW", "1h to 90d, or month (default: 7d)", &window, {}},
          {"--time-zone", "ZONE", "of a month, as Europe/Berlin (default: UTC)", &time_zone, {}},
          {"--route", "ROUTE", "only requests of it, as `show` names it", &route, {}},
          {"--environment", "NAME", "only of workloads with this label", &environment, {}}};
}

Positional ObjectiveDraft::target_word() {
  return {.name = "TARGET",
          .help = "svc/NAME, deploy/NAME or workload/NAME",
          .required = true,
          .target = &target,
          .choices = {}};
}

Result<std::string> ObjectiveDraft::to_json(bool needs_goal) const {
  const auto subject = parse_target(target);
  if (!subject) return fail(subject.error());
  if (!success.empty() && !latency.empty()) {
    return fail(ErrorCode::kInvalidConfig,
                "an objective is of --success or of --latency; set two for both");
  }
  if (needs_goal && success.empty() && latency.empty()) {
    return fail(
        ErrorCode::kInvalidConfig,
        "what is the goal? give --success 99%, or --latency 50ms with --quantile-share 99%; "
        "`seine objective propose` says which one history would have kept");
  }
  if (needs_goal && !latency.empty() && quantile_share.empty()) {
    return fail(ErrorCode::kInvalidConfig,
                "--latency asks how many: give --quantile-share, such as 99%");
  }
  if (latency.empty() && !quantile_share.empty()) {
    return fail(ErrorCode::kInvalidConfig, "--quantile-share goes with --latency");
  }
  json::Writer out;
  out.begin_object().key(subject->first).string(subject->second);
  add(out, "namespace", ns);
  add(out, "route", route);
  add(out, "environment", environment);
  add(out, "success", success);
  add(out, "latency", latency);
  add(out, "quantile_share", quantile_share);
  add(out, "window", window);
  add(out, "time_zone", time_zone);
  add(out, "name", name);
  add(out, "description", description);
  if (is_dry_run) out.key("dry_run").boolean(true);
  if (allows_unknown) out.key("allow_unknown").boolean(true);
  return std::move(out.end_object()).take();
}

std::string ObjectiveDraft::how_to_set() const {
  std::string out = "seine objective set " + quoted(target);
  const auto add_flag = [&out](std::string_view flag, const std::string& value) {
    if (!value.empty()) out.append(" ").append(flag).append(" ").append(quoted(value));
  };
  add_flag("-n", ns);
  add_flag("--route", route);
  add_flag("--environment", environment);
  add_flag("--window", window);
  add_flag("--time-zone", time_zone);
  add_flag("--latency", latency);
  return out + (latency.empty() ? " --success " : " --quantile-share ");
}

}  // namespace seine::cli
