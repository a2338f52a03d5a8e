// SPDX-License-Identifier: Apache-2.0
// The rows of `seine stat`, from what runs and what was counted. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "telemetry/figures/counted_time.h"
#include "telemetry/figures/resource.h"
#include "telemetry/figures/traffic.h"

namespace seine::registry::v1 {
class ListResponse;
}  // namespace seine::registry::v1
namespace seine::telemetry::v1 {
class ReadResponse;
}  // namespace seine::telemetry::v1

namespace seine::telemetry {

// The other end of the traffic that counts.
struct StatPeer {
  Resource resource;
  std::string ns;  // empty: any
};

struct StatQuery {
  Resource resource;
  std::string ns;  // empty: all
  std::optional<StatPeer> to;
  std::optional<StatPeer> from;  // never both
};

struct StatRow {
  std::string ns;  // empty of a namespace
  std::string name;
  std::uint64_t meshed = 0;  // pods whose proxy is ready
  std::uint64_t pods = 0;
  Traffic traffic;
  // When those counted that have told of the traffic: its rates are over this time.
  CountedTime counted;
};

// What the resource received, as its own proxies saw it; of a service what was sent to it, as its
// callers saw it. With `to` or `from`: what was sent, as the callers saw it, and only rows that
// have any. Ordered by namespace and name. Errors: kNotFound for a name that does not exist,
// kInvalidConfig for what cannot be asked.
Result<std::vector<StatRow>> make_stat_rows(const seine::registry::v1::ListResponse& list,
                                            const seine::telemetry::v1::ReadResponse& window,
                                            const StatQuery& query);

// A sentence where proxies of the namespace (all, if it is empty) lack more than a bucket each of
// what they should have told; empty where all is there.
std::string coverage_note(const seine::telemetry::v1::ReadResponse& window, const std::string& ns);

// All names of a kind, within the namespace if it is not empty; sorted.
std::vector<std::string> resource_names(const seine::registry::v1::ListResponse& list,
                                        ResourceKind kind, const std::string& ns);

}  // namespace seine::telemetry
