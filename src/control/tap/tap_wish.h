// SPDX-License-Identifier: Apache-2.0
// What somebody wants to watch, checked; which pods that are; and how their proxies are asked.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "control/mesh_names.h"
#include "control/registry/snapshot.h"
#include "io/linkerd/proxy/tap.pb.h"
#include "seine/tap/v1/tap.pb.h"

namespace seine::control {

inline constexpr std::uint16_t kProxyTapPort = 4190;
inline constexpr double kDefaultTapRps = 100;
inline constexpr double kMaxTapRps = 100'000;
inline constexpr std::uint32_t kMaxTapLimit = 1'000'000;
// Pods of one watch; a target that has more is refused, one that grows is watched in part.
inline constexpr std::size_t kMaxTapPods = 256;
// A pod is asked for a second's requests at a time (reference: linkerd 7.2).
inline constexpr std::chrono::seconds kTapWindow{1};

struct TapResource {
  enum class Kind : std::uint8_t { kWorkload, kPod, kService, kNamespace };
  Kind kind = Kind::kWorkload;
  std::string workload_kind;  // "deployment", of a workload
  std::string ns;             // empty: all
  std::string name;           // empty: all

  // "deployment/web in shop", for messages and the log.
  std::string to_string() const;
};

struct TapWish {
  TapResource target;
  std::optional<TapResource> to;
  std::string scheme;
  std::string method;
  std::string authority;
  std::string path_prefix;
  double max_rps = kDefaultTapRps;
  bool headers = false;
  bool show_secrets = false;
  std::optional<Duration> duration;
  std::uint32_t limit = 0;  // 0: none
};

// Error kInvalidArgument.
Result<TapWish> decode_tap_wish(const seine::tap::v1::WatchRequest& request);

// Error kNotFound.
Result<void> check_exists(const Snapshot& snapshot, const TapResource& resource);

// A proxy that can be asked.
struct TapPod {
  std::string ns;
  std::string name;
  SocketAddr proxy;
  std::string identity;
  std::vector<std::uint16_t> ports;  // of a service: those that it leads to; else none
  friend auto operator<=>(const TapPod&, const TapPod&) = default;
};
// In order. Pods without a proxy are left out.
std::vector<TapPod> select_pods(const MeshNames& names, const Snapshot& snapshot,
                                const TapResource& target);

// Each proxy's part of the requests in one window, at least one.
std::uint32_t window_limit(double max_rps, std::size_t pods);

io::linkerd::proxy::tap::ObserveRequest make_observe(const TapWish& wish, const TapPod& pod,
                                                     std::uint32_t limit);

}  // namespace seine::control
