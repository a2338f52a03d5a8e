// SPDX-License-Identifier: Apache-2.0
// How the agent of a cluster proves who it is: by a one-time token once, then by its key for a
// token of ten minutes. Nothing that is kept of either lets who reads it speak for a cluster.
//
// A stranger takes no place here: a nonce is a number and a date with a MAC of ours, of which
// nothing is kept. What is kept is of clusters that have proved their key, a little of each.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "dive/api/cluster_sink.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/task.h"
#include "runtime/wake.h"

namespace seine::dive {

inline constexpr std::chrono::minutes kBearerLife{10};
inline constexpr std::chrono::minutes kNonceLife{1};
inline constexpr std::chrono::hours kJoinTokenLife{1};
inline constexpr std::size_t kMaxBearers = 16;  // of one cluster; the oldest goes
inline constexpr std::size_t kMaxClusterName = 63;

class AgentCredentials {
 public:
  AgentCredentials(runtime::EventLoop& loop, ClusterBook& book);

  // A token by which one cluster may join: this one, or any where it is empty. Shown here and never
  // again.
  runtime::Task<Result<std::string>> make_join_token(std::string cluster);
  // The key speaks for the cluster from now on, and who spoke for it before does not. Errors:
  // kUnauthorized for a token that is unknown, over, used by another key or another cluster's, or
  // used by this key before another followed; kInvalidArgument for what is no key or no name.
  runtime::Task<Result<void>> join(std::string token, std::string cluster, std::string public_key);

  // Good for kNonceLife, for one use, and until a newer one of the cluster has been used. Error
  // kInvalidArgument for what is no name.
  Result<std::string> make_nonce(std::string_view cluster);
  // A token for kBearerLife. Errors: kUnauthorized for no such cluster, a nonce that is none of
  // its, or a signature that is wrong.
  runtime::Task<Result<std::string>> authenticate(std::string cluster, std::string nonce,
                                                  std::string signature);

  struct Caller {
    std::string cluster;
    crypto::Sha256 key;  // of its public key, by which it has proved who it is
  };
  // Who calls, by the value of its "authorization" header; nothing: nobody.
  std::optional<Caller> find_caller(std::string_view authorization);
  // Whether the caller's key still speaks for its cluster.
  bool speaks(const Caller& caller) const;
  // Completes once it does not.
  runtime::Task<void> until_followed(Caller caller);

 private:
  struct Bearer {
    crypto::Sha256 digest;
    TimePoint expires;
  };
  // A cluster whose key has been proved since we started.
  struct Speaker {
    crypto::Sha256 key;
    std::uint64_t nonce = 0;     // the last that was used
    std::deque<Bearer> bearers;  // the oldest first
  };
  struct Waiter : runtime::ListNode {
    runtime::WakeSlot slot;
  };

  std::string seal(std::string_view cluster, std::uint64_t number, TimePoint expires) const;
  // The number of a nonce of ours that is not over.
  std::optional<std::uint64_t> open(std::string_view cluster, std::string_view nonce) const;
  // The key that speaks for the cluster; from now on nobody else does.
  runtime::Task<Result<std::optional<std::string>>> read_key(std::string cluster);
  void follow(const std::string& cluster, const std::optional<std::string>& public_key);
  void drop_bearers(Speaker& speaker);

  runtime::EventLoop& loop_;
  ClusterBook& book_;
  const std::string secret_;  // of the MACs; nonces end with the process
  std::uint64_t last_nonce_ = 0;
  std::uint64_t bound_ = 0;  // how often a key was
  std::map<std::string, Speaker, std::less<>> speakers_;
  std::map<crypto::Sha256, std::string> bearers_;  // whose they are
  runtime::List<Waiter> waiters_;
};

}  // namespace seine::dive
