// SPDX-License-Identifier: Apache-2.0
// How the agent of a cluster proves who it is: by a one-time token once, then by its key for a
// token of ten minutes. Nothing that is kept of either lets who reads it speak for a cluster.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "dive/api/cluster_sink.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

inline constexpr std::chrono::minutes kBearerLife{10};
inline constexpr std::chrono::minutes kNonceLife{1};
inline constexpr std::chrono::hours kJoinTokenLife{1};
inline constexpr std::size_t kMaxNonces = 4096;
inline constexpr std::size_t kMaxBearers = 16'384;
inline constexpr std::size_t kMaxClusterName = 63;

class AgentCredentials {
 public:
  AgentCredentials(runtime::EventLoop& loop, ClusterBook& book) : loop_(loop), book_(book) {}

  // A token by which one cluster may join: this one, or any where it is empty. Shown here and never
  // again.
  runtime::Task<Result<std::string>> make_join_token(std::string cluster);
  // Errors: kUnauthorized for a token that is unknown, over, used by another key or another
  // cluster's; kInvalidArgument for what is no key or no name.
  runtime::Task<Result<void>> join(std::string token, std::string cluster, std::string public_key);

  // Good for kNonceLife and one use. Error kLimit.
  Result<std::string> make_nonce(std::string_view cluster);
  // A token for kBearerLife. Errors: kUnauthorized for no such cluster, a nonce that is none of
  // its, or a signature that is wrong; kLimit.
  runtime::Task<Result<std::string>> authenticate(std::string cluster, std::string nonce,
                                                  std::string signature);
  // Whose agent calls, by the value of its "authorization" header; nothing: nobody's.
  std::optional<std::string> find_cluster(std::string_view authorization);

 private:
  struct Claim {
    std::string cluster;
    TimePoint expires;
  };
  using Claims = std::map<crypto::Sha256, Claim>;
  void forget_old(Claims& claims) const;

  runtime::EventLoop& loop_;
  ClusterBook& book_;
  Claims nonces_;
  Claims bearers_;
};

}  // namespace seine::dive
