// SPDX-License-Identifier: Apache-2.0
// seine check
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/check/check_engine.h"
#include "cli/check/check_output.h"
#include "cli/check/inside_hub.h"
#include "cli/check/mesh_checks.h"
#include "cli/check/mesh_view.h"
#include "cli/mesh/running_meshes.h"
#include "cli/verb.h"

namespace seine::cli {
namespace {

// JSON is said at the end.
class SilentObserver final : public CheckObserver {
 public:
  void on_result(const CheckResult&) override {}
  void on_wait(const Check&) override {}
};

class CheckCommand final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "check",
        .summary = "look whether a mesh is well, or would be",
        .takes = {
            .flags =
                {{"--pre", "", "before `seine up`: whether it would work", &pre_, {}},
                 {"--proxy", "", "the pods' proxies as well", &proxy_, {}},
                 {"-n,--namespace",
                  "NS",
                  "with --proxy: only pods of this namespace",
                  &namespace_,
                  {}},
                 {"-o,--output",
                  "FORMAT",
                  "table, json, or short: only what is not well",
                  &output_,
                  {"table", "json", "short"}},
                 {"--wait", "DURATION", "how long to wait for what may get well (0s)", &wait_, {}}},
            .positionals = {},
            .notes = "Exits 1 if something is not well; a warning is not that."}};
  }

  int run(const Invocation& invocation) override {
    if (pre_ && (proxy_ || !namespace_.empty())) {
      return complain(make_error(ErrorCode::kInvalidConfig,
                                 "check: --pre is for what comes before a mesh, and goes with "
                                 "neither --proxy nor --namespace"));
    }
    if (!namespace_.empty() && !proxy_) {
      return complain(make_error(ErrorCode::kInvalidConfig,
                                 "check: --namespace says whose proxies to look at; add --proxy"));
    }
    const auto wait = parse_duration(wait_);
    if (!wait) {
      return complain(
          make_error(ErrorCode::kInvalidConfig, "check: --wait: " + wait.error().message));
    }
    runtime::EventLoop loop(invocation.clock);
    return pre_ ? check_premises(invocation, loop, *wait) : check_mesh(invocation, loop, *wait);
  }

 private:
  int check_premises(const Invocation& invocation, runtime::EventLoop& loop, Duration wait) const {
    std::error_code ignored;
    auto chosen = choose_state_dir(invocation.dir_flag, invocation.environment, ::geteuid(),
                                   std::filesystem::current_path(ignored).string());
    if (!chosen) return complain(chosen.error());
    Premises premises{.loop = loop,
                      .folder = {*std::move(chosen)},
                      .version = invocation.version,
                      .environment = invocation.environment};
    return run_all(invocation, loop, pre_checks(premises), wait);
  }

  int check_mesh(const Invocation& invocation, runtime::EventLoop& loop, Duration wait) const {
    auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
    if (!folder) return complain(folder.error());
    MeshView view(loop, *std::move(folder), invocation.version);
    DataPlaneScope scope{view, namespace_};
    std::vector<CheckCategory> categories = mesh_checks(view);
    if (proxy_) categories.push_back(data_plane_checks(scope));
    return run_all(invocation, loop, categories, wait);
  }

  int run_all(const Invocation& invocation, runtime::EventLoop& loop,
              const std::vector<CheckCategory>& categories, Duration wait) const {
    bool is_heard = true;
    const auto say = [&is_heard](std::string_view text) { is_heard = print(text) && is_heard; };
    CheckPrinter printer(
        invocation.terminal,
        output_ == "short" ? CheckPrinter::Lines::kProblems : CheckPrinter::Lines::kAll, say);
    SilentObserver silent;
    CheckObserver& observer = output_ == "json" ? static_cast<CheckObserver&>(silent) : printer;
    const std::vector<CheckResult> results =
        run_blocking(loop, run_checks(loop, categories, wait, observer));
    const CheckLevel worst = worst_of(results);
    if (output_ == "json") {
      say(check_json(results) + "\n");
    } else {
      printer.finish(worst);
    }
    return worst == CheckLevel::kError || !is_heard ? kExitFailure : kExitOk;
  }

  bool pre_ = false;
  bool proxy_ = false;
  std::string namespace_;
  std::string output_ = "table";
  std::string wait_ = "0";
};

}  // namespace

std::unique_ptr<Verb> make_check() {
  return std::make_unique<CheckCommand>();
}

}  // namespace seine::cli
