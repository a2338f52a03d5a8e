// SPDX-License-Identifier: Apache-2.0
// What somebody promised: of which requests, what makes one good, how many have to be, over which
// time. A value; nothing here knows whether such a service exists.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/resource_name.h"
#include "base/result.h"
#include "base/time.h"
#include "dive/slo/goal.h"
#include "dive/slo/window.h"

namespace seine::dive {

inline constexpr std::size_t kMaxObjectiveName = kMaxLabelName;
inline constexpr std::size_t kMaxDescription = 1050;  // bytes; OpenSLO has so many characters
inline constexpr std::size_t kMaxSubjectRoute = 512;
inline constexpr std::size_t kMaxEnvironment = 63;
inline constexpr Duration kShortestThreshold = std::chrono::milliseconds(1);
inline constexpr Duration kLongestThreshold = std::chrono::hours(1);

// Whose requests. Those of a service are what its callers ask of it; those of a workload are what
// its pods answer.
struct Subject {
  enum class Kind : std::uint8_t { kService, kWorkload };
  Kind kind = Kind::kService;
  std::string ns = "default";
  std::string name;
  std::string route;        // "purchase", or as rows name it, "group/kind/name"; empty: all
  std::string environment;  // the label `environment` of the workload that answers; empty: all
  friend bool operator==(const Subject&, const Subject&) = default;
};

struct Objective {
  std::string name;  // unique; lower case letters, digits and '-'
  std::string description;
  Subject subject;
  // Absent: a request is good if it succeeds. Else one is good if it is answered within this time,
  // and only those that succeed are asked: a failure burns the budget of success, and burning this
  // one too, or feeding it by failing fast, would tell nothing new.
  std::optional<Duration> latency;
  Goal goal;
  Window window;
  friend bool operator==(const Objective&, const Objective&) = default;
};

// Error kInvalidArgument: a sentence with what cannot be, and what to write.
Result<void> check_objective(const Objective& objective);
// Likewise of one that somebody sets now, whatever was kept before: the API has a path of its own
// called "export", and some names of zones mean what this machine's files are.
Result<void> check_new_objective(const Objective& objective);

// "service payments in namespace shop, route HTTPRoute/purchase, environment qa"
std::string describe(const Subject& subject);

// What an objective is called that was given no name: "shop-payments-success-7d",
// "payments-latency-50ms-month" in namespace default, "shop-web-workload-purchase-qa-success-7d" of
// a workload with route and environment. Within kMaxObjectiveName, whatever the subject is called:
// what would be cut or cannot be written ends in digits of the whole. A month of another zone than
// UTC has that behind it: "payments-success-month-europe-berlin".
std::string default_name(const Objective& objective);

}  // namespace seine::dive
