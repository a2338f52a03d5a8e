// SPDX-License-Identifier: Apache-2.0
// The bounds and times of the standalone registry, which runs the workloads of one machine.
#pragma once

#include <chrono>
#include <cstddef>

#include "control/rate_limiter.h"

namespace seine::control {

inline constexpr std::size_t kMaxLeases = 1000;  // one for each running pod
inline constexpr std::size_t kMaxKnownServices = 2000;
inline constexpr std::size_t kMaxJoinTokens = 1000;  // made and not yet expired
inline constexpr std::size_t kMaxNameWatches = 16;
inline constexpr std::size_t kMaxWorkloadWatches = 16;
inline constexpr std::chrono::milliseconds kWorkloadsApart{500};  // between two messages of one
inline constexpr RateLimit kJoinLimit{.per_second = 20, .burst = 200};

inline constexpr std::size_t kMaxDnsLabel = 63;
inline constexpr std::size_t kMaxWorkloadName = 57;  // a pod's name is that and "-xxxxx"
inline constexpr std::size_t kMaxVersion = 63;
inline constexpr std::size_t kMaxLabels = 16;
inline constexpr std::size_t kMaxLabelText = 63;  // of a label's key and of its value
inline constexpr std::size_t kMaxDeclaredPorts = 64;
inline constexpr std::size_t kMaxPublishedPorts = 64;
inline constexpr std::size_t kMaxProbePath = 256;
inline constexpr std::size_t kMaxServiceRoutes = 128;  // that its pods declare together
inline constexpr std::size_t kMaxUserName = 256;

// A lease that nobody renews for so long is over.
inline constexpr std::chrono::seconds kLeaseTerm{5};
inline constexpr std::chrono::seconds kRenewEvery{1};
// How long the address of a pod that went belongs to nobody.
inline constexpr std::chrono::seconds kAddressRest{60};
// How long a service without workloads is still one; its address is remembered beyond that.
inline constexpr std::chrono::minutes kServiceGrace{10};
inline constexpr std::chrono::minutes kTokenLife{10};
inline constexpr std::chrono::minutes kJoinTokenLife{1};
inline constexpr std::chrono::minutes kLongestJoinTokenLife{10};
// Clocks that differ by more are reported, and tokens are taken so much after their time.
inline constexpr std::chrono::minutes kClockSkew{5};
// How long Leave waits for the mesh to know, unless the caller asks for less.
inline constexpr std::chrono::seconds kLongestLeave{30};
// Between attempts to write a registry that could not be written.
inline constexpr std::chrono::seconds kWriteRetry{5};

}  // namespace seine::control
