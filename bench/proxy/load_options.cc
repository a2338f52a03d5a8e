// SPDX-License-Identifier: Apache-2.0
#include "proxy/load_options.h"

namespace seine::bench {

Result<Flags> parse_load_flags(int argc, char** argv, std::set<std::string_view> valued,
                               std::set<std::string_view> bare) {
  valued.insert({"--address", "--host", "--connections", "--expect-bytes", "--warmup", "--duration",
                 "--timeout"});
  bare.insert({"--json", "--announce", "--hold"});
  return Flags::parse(argc, argv, valued, bare);
}

Result<LoadOptions> load_options_from(const Flags& flags, const LoadOptions& defaults) {
  auto address = parse_address(flags.text("--address", ""));
  auto connections = flags.number("--connections", defaults.connections);
  auto bytes = flags.number("--expect-bytes", defaults.expected_bytes);
  auto warmup = flags.duration("--warmup", defaults.warmup);
  auto duration = flags.duration("--duration", defaults.duration);
  auto timeout = flags.duration("--timeout", defaults.timeout);
  if (!address) return fail(address.error());
  for (const auto* number : {&connections, &bytes})
    if (!*number) return fail(number->error());
  for (const auto* time : {&warmup, &duration, &timeout})
    if (!*time) return fail(time->error());
  if (*duration <= Duration(0))
    return fail(ErrorCode::kInvalidConfig, "--duration is longer than nothing");
  return LoadOptions{.address = *address,
                     .host = flags.text("--host", defaults.host),
                     .connections = *connections,
                     .expected_bytes = *bytes,
                     .warmup = *warmup,
                     .duration = *duration,
                     .timeout = *timeout};
}

}  // namespace seine::bench
