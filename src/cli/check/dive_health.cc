// SPDX-License-Identifier: Apache-2.0
#include "cli/check/dive_health.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "json/value.h"

namespace seine::cli {

Result<std::vector<HeardCluster>> parse_clusters(const std::string& body) {
  const auto value = json::parse(body);
  const json::Value* const member = value ? value->find("clusters") : nullptr;
  const json::Array* const list = member != nullptr ? member->array() : nullptr;
  if (list == nullptr) return fail(ErrorCode::kProtocol, "Dive's answer lists no clusters");
  std::vector<HeardCluster> out;
  for (const json::Value& entry : *list) {
    const json::Value* const name = entry.find("name");
    if (name == nullptr || name->string() == nullptr) {
      return fail(ErrorCode::kProtocol, "Dive's answer has a cluster without a name");
    }
    HeardCluster cluster{.name = *name->string(), .last_seen = std::nullopt};
    const json::Value* const seen = entry.find("last_seen_ms");
    if (seen != nullptr && seen->integer() != nullptr) {
      cluster.last_seen = WallTime{std::chrono::milliseconds(*seen->integer())};
    }
    out.push_back(std::move(cluster));
  }
  return out;
}

Result<void> check_heard(const std::vector<HeardCluster>& clusters, std::string_view cluster,
                         WallTime now) {
  const auto found = std::ranges::find(clusters, cluster, &HeardCluster::name);
  const std::string which = "the agent of cluster " + std::string(cluster);
  if (found == clusters.end()) return fail(ErrorCode::kUnavailable, which + " has not joined yet");
  if (!found->last_seen) {
    return fail(ErrorCode::kUnavailable, which + " has not been heard since Dive was started");
  }
  if (now - *found->last_seen <= kAgentSilence) return {};
  return fail(ErrorCode::kUnavailable,
              which + " was last heard at " + format_rfc3339(*found->last_seen));
}

}  // namespace seine::cli
