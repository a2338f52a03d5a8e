// SPDX-License-Identifier: Apache-2.0
// The load of handshakes; see shake_run.h for what it does.
//
//   shake --address 10.99.0.2:8000 --certificate client.pem --authority ca.pem --server-name NAME
//         [--connections 8] [--keep 1000] [--warmup 500ms] [--duration 2s] [--timeout 5s]
//         [--host NAME] [--expect-bytes 1024] [--json] [--announce] [--hold]
//
// Exit 0 if nothing failed, 1 if something did. --announce prints `began` and `ended` at the
// instants of the measured window; --hold leaves what --keep has opened until standard input ends.
#include <csignal>

#include "proxy/flags.h"
#include "proxy/shake_run.h"

namespace seine::bench {
namespace {

constexpr std::size_t kMaxConnections = 20000;

Result<ShakeOptions> options_from(const Flags& flags) {
  ShakeOptions options;
  auto address = parse_address(flags.text("--address", ""));
  auto connections = flags.number("--connections", 8);
  auto keep = flags.number("--keep", options.keep);
  auto bytes = flags.number("--expect-bytes", options.expected_bytes);
  auto warmup = flags.duration("--warmup", options.warmup);
  auto duration = flags.duration("--duration", options.duration);
  auto timeout = flags.duration("--timeout", options.timeout);
  if (!address) return fail(address.error());
  for (const auto* number : {&connections, &keep, &bytes})
    if (!*number) return fail(number->error());
  for (const auto* time : {&warmup, &duration, &timeout})
    if (!*time) return fail(time->error());
  if (*connections == 0 || *connections > kMaxConnections || *keep > kMaxConnections)
    return fail(ErrorCode::kInvalidConfig, "--connections and --keep are at most 20000");
  if (*duration <= Duration(0))
    return fail(ErrorCode::kInvalidConfig, "--duration is longer than nothing");
  options.address = *address;
  options.host = flags.text("--host", options.host);
  options.server_name = flags.text("--server-name", "");
  options.certificate = flags.text("--certificate", "");
  options.authority = flags.text("--authority", "");
  if (options.server_name.empty())
    return fail(ErrorCode::kInvalidConfig, "--server-name is who the server must be");
  options.connections = *connections;
  options.keep = *keep;
  options.expected_bytes = *bytes;
  options.warmup = *warmup;
  options.duration = *duration;
  options.timeout = *timeout;
  return options;
}

// True when nothing failed.
Result<bool> run_from(int argc, char** argv) {
  auto flags =
      Flags::parse(argc, argv,
                   {"--address", "--certificate", "--authority", "--server-name", "--connections",
                    "--keep", "--warmup", "--duration", "--timeout", "--host", "--expect-bytes"},
                   {"--json", "--announce", "--hold"});
  if (!flags) return fail(flags.error());
  auto options = options_from(*flags);
  if (!options) return fail(options.error());
  auto epoll = Epoll::create();
  if (!epoll) return fail(epoll.error());
  raise_file_limit();
  SystemClock clock;
  Announcer announcer(flags->has("--announce"));
  auto run = ShakeRun::create(std::move(*options), clock, std::move(*epoll));
  if (!run) return fail(run.error());
  auto report = (*run)->run(announcer);
  if (!report) return fail(report.error());
  publish(*report, flags->has("--json"), flags->has("--hold"));
  return report->failed() == 0;
}

}  // namespace
}  // namespace seine::bench

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  const auto ran = seine::bench::run_from(argc, argv);
  if (!ran) return seine::bench::report_failure("shake", ran.error());
  return *ran ? 0 : 1;
}
