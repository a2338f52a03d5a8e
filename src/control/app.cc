// SPDX-License-Identifier: Apache-2.0
#include "control/app.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "base/complain.h"
#include "base/log.h"
#include "control/controller.h"
#include "control/options.h"
#include "metrics/process.h"
#include "runtime/combine.h"
#include "runtime/end_signals.h"
#include "runtime/file_limit.h"
#include "runtime/heap_trim.h"

namespace seine::control {
namespace {

// How long connections may take to end after SIGTERM.
constexpr std::chrono::seconds kDrainTimeout{10};

int complain(const Error& error) {
  return seine::complain("seine-controller", error);
}

runtime::Task<void> run_until_told(runtime::EventLoop& loop, runtime::EndSignals& signals,
                                   const Log& log, Controller& controller) {
  co_await signals.next();
  log_info(log, "draining");
  // A second signal ends the wait.
  co_await runtime::race(runtime::race(controller.drain(), signals.next()),
                         [](runtime::EventLoop& l) -> runtime::Task<int> {
                           co_await runtime::sleep_for(l, kDrainTimeout);
                           co_return 0;
                         }(loop));
  loop.stop();
}

int serve(const Options& options, std::string_view version) {
  runtime::raise_file_limit();
  const SystemClock clock;
  const Log log(clock, STDERR_FILENO, options.log_level, options.log_format);
  runtime::EventLoop loop(clock);
  runtime::EndSignals signals(loop);
  metrics::Registry registry(clock, /*cores=*/1);
  registry.add_collector(metrics::Part::kOpenMetrics, metrics::make_process_collector(clock));
  auto controller = Controller::create(loop, log, registry, options);
  if (!controller) return complain(controller.error());
  log_info(log, "seine-controller serves",
           {{"version", std::string(version)},
            {"identity", (*controller)->identity_addr().to_string()},
            {"destination", (*controller)->destination_addr().to_string()},
            {"policy", (*controller)->policy_addr().to_string()},
            {"admin", (*controller)->admin_addr().to_string()}});
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(run_until_told(loop, signals, log, **controller));
  scope.spawn(runtime::keep_heap_trimmed(loop));
  loop.run();
  scope.cancel();
  return 0;
}

int print_trust_anchors(const Options& options) {
  const SystemClock clock;
  const Log log(clock, STDERR_FILENO, LogLevel::kWarn, options.log_format);
  const auto authority = Authority::open(options.state_dir, options.names, clock.wall_now(), log);
  if (!authority) return complain(authority.error());
  print(STDOUT_FILENO, authority->anchors().to_pem());
  return 0;
}

}  // namespace

int run_controller(int argc, const char* const* argv, std::string_view version) {
  const auto parsed = parse_options(argc, argv, version);
  if (!parsed) return complain(parsed.error());
  if (const Printed* printed = std::get_if<Printed>(&*parsed)) {
    print(STDOUT_FILENO, printed->text);
    return 0;
  }
  const Options& options = std::get<Options>(*parsed);
  return options.print_trust_anchors ? print_trust_anchors(options) : serve(options, version);
}

}  // namespace seine::control
