// SPDX-License-Identifier: Apache-2.0
// seine demo
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "cli/demo/demo_run.h"
#include "cli/demo/shop.h"
#include "cli/demo/work_folder.h"
#include "cli/mesh/invoking_user.h"
#include "cli/verb.h"

namespace seine::cli {

using namespace std::chrono_literals;

namespace {

constexpr Duration kShortest = 1s;
constexpr Duration kLongest = std::chrono::hours(24);

struct DemoFlags {
  std::string time = "60s";
  std::string json;
  std::string failure_rate = "0.05";
  std::string v2_failure_rate;
  std::string rate = "50";
  std::string shop;
  bool no_dive = false;
};

Result<double> number_in(const std::string& flag, const std::string& text, double low,
                         double high) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    return fail(ErrorCode::kInvalidConfig, "demo: " + flag + " " + text +
                                               ": expected a number from " +
                                               std::to_string(static_cast<int>(low)) + " to " +
                                               std::to_string(static_cast<int>(high)));
  }
  return value;
}

// Before a minute has been spent on it.
Result<void> check_target(const std::string& path) {
  if (path.empty()) return {};
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
    return fail(ErrorCode::kInvalidConfig, "demo: --json " + path + ": is there and no plain file");
  }
  const auto folder = std::filesystem::path(path).parent_path();
  if (::access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno,
                      "demo: --json " + path + ": its folder cannot be written");
  }
  return {};
}

Result<DemoOptions> check_flags(const DemoFlags& flags, const Invocation& invocation) {
  DemoOptions options;
  const auto time = parse_duration(flags.time);
  if (!time || *time < kShortest || *time > kLongest) {
    return fail(ErrorCode::kInvalidConfig,
                "demo: --for " + flags.time + ": expected a duration from 1s to 24h, as 60s");
  }
  options.shop.time = *time;
  const auto failure_rate = number_in("--failure-rate", flags.failure_rate, 0, 1);
  if (!failure_rate) return fail(failure_rate.error());
  options.shop.failure_rate = *failure_rate;
  if (!flags.v2_failure_rate.empty()) {
    const auto v2_rate = number_in("--v2-failure-rate", flags.v2_failure_rate, 0, 1);
    if (!v2_rate) return fail(v2_rate.error());
    options.shop.v2_failure_rate = *v2_rate;
  }
  const auto rate = number_in("--rate", flags.rate, 1, 1000);
  if (!rate) return fail(rate.error());
  options.shop.rate = *rate;
  auto folder = find_shop(flags.shop);
  if (!folder) return fail(std::move(folder.error()));
  options.shop.folder = *std::move(folder);
  auto node = find_node(invocation.environment);
  if (!node) return fail(std::move(node.error()));
  options.shop.node = *std::move(node);
  if (auto writable = check_target(flags.json); !writable) return fail(std::move(writable.error()));
  options.json = flags.json;
  options.no_dive = flags.no_dive;
  std::error_code failed;
  options.self = std::filesystem::read_symlink("/proc/self/exe", failed);
  if (failed) return fail(ErrorCode::kInternal, "demo: this program's own file is not known");
  return options;
}

// In which the shop's programs write, who run as whoever called.
Result<void> make_tallies(const std::string& path, const Environment& environment) {
  const netns::Identity user = invoking_user(environment);
  if (::mkdir(path.c_str(), 0700) != 0 ||
      (::geteuid() == 0 && ::chown(path.c_str(), user.uid, user.gid) != 0)) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be made");
  }
  return {};
}

class DemoCommand final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "demo",
        .summary = "run a small shop in a mesh, and check what is promised",
        .takes = {
            .flags = {{"--for",
                       "DURATION",
                       "how long requests are sent (default: 60s)",
                       &flags_.time,
                       {}},
                      {"--json", "FILE", "write what was counted there", &flags_.json, {}},
                      {"--failure-rate",
                       "R",
                       "share of purchases that fail on purpose (default: 0.05)",
                       &flags_.failure_rate,
                       {}},
                      {"--v2-failure-rate",
                       "R",
                       "of the purchases of web at payments v2 (default: the same)",
                       &flags_.v2_failure_rate,
                       {}},
                      {"--rate", "N", "requests a second (default: 50)", &flags_.rate, {}},
                      {"--no-dive", "", "a mesh without Dive", &flags_.no_dive, {}},
                      {"--shop", "DIR", "where examples/shop is", &flags_.shop, {}}},
            .positionals = {},
            .notes =
                "Starts a mesh of its own, in --dir or in a folder that is removed afterwards,\n"
                "and in it the shop's programs, which know nothing of it. In the end it compares\n"
                "what they say they sent with what the proxies counted, and exits 1 if a\n"
                "promise did not hold. Ctrl-C, or a terminal that closes, ends the traffic "
                "early."}};
  }

  int run(const Invocation& invocation) override {
    auto options = check_flags(flags_, invocation);
    if (!options) return complain(options.error());
    const auto work = WorkFolder::make();
    if (!work) return complain(work.error());
    sweep_work_folders(std::filesystem::path(work->path()).parent_path());
    // Programs of another user reach their tallies through it.
    if (::chmod(work->path().c_str(), 0711) != 0) {
      return complain(errno_error(ErrorCode::kInvalidConfig, errno, work->path()));
    }
    options->work = work->path();
    options->dir = work->path() + "/mesh";
    if (!invocation.dir_flag.empty()) {
      std::error_code ignored;
      const auto chosen = choose_state_dir(invocation.dir_flag, invocation.environment, ::geteuid(),
                                           std::filesystem::current_path(ignored).string());
      if (!chosen) return complain(chosen.error());
      options->dir = *chosen;
    }
    options->shop.tallies = work->path() + "/tallies";
    if (auto made = make_tallies(options->shop.tallies, invocation.environment); !made) {
      return complain(made.error());
    }
    return run_demo(invocation, *options);
  }

 private:
  DemoFlags flags_;
};

}  // namespace

std::unique_ptr<Verb> make_demo() {
  return std::make_unique<DemoCommand>();
}

}  // namespace seine::cli
