// SPDX-License-Identifier: Apache-2.0
// The load generator; see pace_run.h for what it does.
//
//   pace --address 10.99.0.2:8000 --connections 32 [--rate 3000] [--warmup 500ms] [--duration 2s]
//        [--timeout 5s] [--host NAME] [--path /] [--expect-bytes 1024 | --any-body] [--json]
//        [--announce] [--hold]
//   pace --grpc --address 10.99.0.2:8000 --connections 4 --streams 8 [--request-bytes 128] ...
//
// Exit 0 if no request failed, 1 if one did. --announce prints `began` and `ended` at the instants
// of the measured window; --hold keeps the connections of HTTP/1.1 open until standard input ends.
// With --grpc the load is that of grpc_run.h, and --rate, --path and --any-body have no meaning.
#include "proxy/flags.h"
#include "proxy/grpc_run.h"
#include "proxy/pace_run.h"

namespace seine::bench {
namespace {

constexpr std::size_t kMaxStreams = 100;  // what HTTP/2 servers allow at least

Result<PaceOptions> options_from(const Flags& flags) {
  auto load = load_options_from(flags);
  if (!load) return fail(load.error());
  PaceOptions options{*load};
  auto rate = flags.number("--rate", options.rate);
  if (!rate) return fail(rate.error());
  if (options.connections == 0 || options.connections > kMaxConnections)
    return fail(ErrorCode::kInvalidConfig, "--connections is between 1 and 20000");
  options.path = flags.text("--path", options.path);
  options.rate = *rate;
  options.check_body = !flags.has("--any-body");
  return options;
}

Result<GrpcOptions> grpc_options_from(const Flags& flags, const LoadOptions& load) {
  GrpcOptions options{load};
  auto streams = flags.number("--streams", options.streams);
  auto bytes = flags.number("--request-bytes", options.request_bytes);
  for (const auto* number : {&streams, &bytes})
    if (!*number) return fail(number->error());
  if (*streams == 0 || *streams > kMaxStreams)
    return fail(ErrorCode::kInvalidConfig, "--streams is between 1 and 100");
  for (const auto* flag : {"--rate", "--path", "--any-body", "--hold"}) {
    if (flags.has(flag))
      return fail(ErrorCode::kInvalidConfig, std::string(flag) + " does not go with --grpc");
  }
  options.streams = *streams;
  options.request_bytes = *bytes;
  return options;
}

Result<LoadReport> run_grpc(const Flags& flags, const LoadOptions& load, const Clock& clock,
                            Epoll epoll, WindowObserver& observer) {
  auto options = grpc_options_from(flags, load);
  if (!options) return fail(options.error());
  return GrpcRun(std::move(*options), clock, std::move(epoll)).run(observer);
}

// True when no request failed.
Result<bool> run_from(int argc, char** argv) {
  auto flags = parse_load_flags(argc, argv, {"--rate", "--path", "--streams", "--request-bytes"},
                                {"--any-body", "--grpc"});
  if (!flags) return fail(flags.error());
  auto options = options_from(*flags);
  if (!options) return fail(options.error());
  auto epoll = Epoll::create();
  if (!epoll) return fail(epoll.error());
  raise_file_limit();
  SystemClock clock;
  Announcer announcer(flags->has("--announce"));
  const bool as_json = flags->has("--json");
  if (flags->has("--grpc")) {
    auto report = run_grpc(*flags, *options, clock, std::move(*epoll), announcer);
    if (!report) return fail(report.error());
    publish(*report, as_json, false);
    return report->failed() == 0;
  }
  Pace pace(std::move(*options), clock, std::move(*epoll));
  auto report = pace.run(announcer);
  if (!report) return fail(report.error());
  publish(*report, as_json, flags->has("--hold"));
  return report->failed() == 0;
}

}  // namespace
}  // namespace seine::bench

int main(int argc, char** argv) {
  const auto ran = seine::bench::run_from(argc, argv);
  if (!ran) return seine::bench::report_failure("pace", ran.error());
  return *ran ? 0 : 1;
}
