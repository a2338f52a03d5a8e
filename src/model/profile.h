// SPDX-License-Identifier: Apache-2.0
// A service profile: how one destination's requests are named, classified and retried. The older
// sibling of ClientPolicy; it overrides that only when it has routes or dst_overrides (how, says
// profile_policy.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/authority.h"
#include "model/endpoint.h"
#include "model/metadata.h"
#include "model/regex.h"

namespace seine::model {

// A formula over a request's path and method. kPath and kMethod are its atoms; kNot has one child.
struct ProfileRequestMatch {
  enum class Kind : std::uint8_t { kAll, kAny, kNot, kPath, kMethod };
  Kind kind = Kind::kAll;
  std::vector<ProfileRequestMatch> children;
  std::optional<Regex> path;
  std::string method;

  bool matches(std::string_view request_method, std::string_view request_path) const;
  friend bool operator==(const ProfileRequestMatch&, const ProfileRequestMatch&) = default;
};

// The same over a response's status.
struct ProfileResponseMatch {
  enum class Kind : std::uint8_t { kAll, kAny, kNot, kStatus };
  Kind kind = Kind::kAll;
  std::vector<ProfileResponseMatch> children;
  std::uint16_t first = 0;
  std::uint16_t last = 0;  // inclusive

  bool matches(std::uint16_t status) const;
  friend bool operator==(const ProfileResponseMatch&, const ProfileResponseMatch&) = default;
};

struct ProfileRoute {
  struct ResponseClass {
    ProfileResponseMatch condition;
    bool is_failure = false;
    friend bool operator==(const ResponseClass&, const ResponseClass&) = default;
  };
  ProfileRequestMatch condition;
  std::vector<ResponseClass> response_classes;
  Labels labels;
  bool is_retryable = false;
  std::optional<Duration> timeout;

  // Whether a response is a failure by the first class that matches; nothing if none does, and
  // the default classification decides.
  std::optional<bool> classify(std::uint16_t status) const;
  friend bool operator==(const ProfileRoute&, const ProfileRoute&) = default;
};

// Whether the route says that a response with this status is a success; nothing if it does not, or
// there is none.
std::optional<bool> success_by_route(const ProfileRoute* route, std::uint16_t status);

struct RetryBudget {
  double retry_ratio = 0;  // 0 to 1000
  std::uint32_t min_retries_per_second = 0;
  Duration ttl{};  // 1 s to 60 s
  friend bool operator==(const RetryBudget&, const RetryBudget&) = default;
};

struct WeightedDst {
  Authority authority;
  std::uint32_t weight = 0;
  std::optional<Metadata> backend;
  friend bool operator==(const WeightedDst&, const WeightedDst&) = default;
};

struct Profile {
  std::string fully_qualified_name;  // without a port; empty for an address of no service
  bool is_opaque = false;
  std::vector<ProfileRoute> routes;
  std::optional<RetryBudget> retry_budget;
  // All weights 0 means the original destination.
  std::vector<WeightedDst> dst_overrides;
  std::optional<Endpoint> endpoint;
  std::optional<Metadata> parent;
  std::optional<Metadata> profile;

  // The first route whose condition holds.
  const ProfileRoute* find(std::string_view method, std::string_view path) const;
  // Whether it has a say in where requests go: it has a name to route by, and routes or a weight.
  bool overrides_policy() const;
  friend bool operator==(const Profile&, const Profile&) = default;
};

}  // namespace seine::model
