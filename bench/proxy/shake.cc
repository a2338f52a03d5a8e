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

constexpr std::size_t kConnections = 8;  // at once, unless flags say otherwise

Result<ShakeOptions> options_from(const Flags& flags) {
  auto load = load_options_from(flags, LoadOptions{.connections = kConnections});
  if (!load) return fail(load.error());
  ShakeOptions options{*load};
  auto keep = flags.number("--keep", options.keep);
  if (!keep) return fail(keep.error());
  if (options.connections == 0 || options.connections > kMaxConnections || *keep > kMaxConnections)
    return fail(ErrorCode::kInvalidConfig,
                "--connections is between 1 and 20000, --keep up to 20000");
  options.server_name = flags.text("--server-name", "");
  options.certificate = flags.text("--certificate", "");
  options.authority = flags.text("--authority", "");
  if (options.server_name.empty())
    return fail(ErrorCode::kInvalidConfig, "--server-name is who the server must be");
  options.keep = *keep;
  return options;
}

// True when nothing failed.
Result<bool> run_from(int argc, char** argv) {
  auto flags =
      parse_load_flags(argc, argv, {"--certificate", "--authority", "--server-name", "--keep"}, {});
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
