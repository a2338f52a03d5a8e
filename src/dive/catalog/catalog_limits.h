// SPDX-License-Identifier: Apache-2.0
// The bounds and times of a cluster's catalog. A message beyond one is refused whole.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

namespace seine::dive {

// What was told and not yet forgotten, gone ones included.
inline constexpr std::size_t kMaxWorkloads = 10'000;
inline constexpr std::size_t kMaxServices = 10'000;
inline constexpr std::size_t kMaxPodsOfWorkload = 5000;
inline constexpr std::size_t kMaxPorts = 256;
inline constexpr std::size_t kMaxWorkloadsOfService = 100;
inline constexpr std::size_t kMaxLabels = 64;
inline constexpr std::size_t kMaxLabelKey = 317;  // 253 of a prefix, '/', 63
inline constexpr std::size_t kMaxLabelValue = 63;
inline constexpr std::size_t kMaxVersion = 128;
inline constexpr std::size_t kMaxTemplate = 64;  // octets of a digest
inline constexpr std::size_t kMaxPerson = 256;   // bytes of a name
inline constexpr std::size_t kEpochSize = 16;
// The label of pods that tells staging from production.
inline constexpr std::string_view kEnvironmentLabel = "environment";

// How long what is gone is still shown, and what comes back is the same as before.
inline constexpr std::chrono::days kGoneFor{7};
// A rollout that has not come further for so long rests. Kubernetes gives up after as long
// (progressDeadlineSeconds).
inline constexpr std::chrono::minutes kProgressDeadline{10};
// An end that is reversed within it was none: a restart takes the only pod of a version away for a
// moment.
inline constexpr std::chrono::minutes kReturnWithin{2};

// Versions that come up within it of each other, before a pod of any is ready, come up together:
// none of them was rolled out over another.
inline constexpr std::chrono::seconds kTogetherWithin{30};

}  // namespace seine::dive
