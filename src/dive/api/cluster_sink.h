// SPDX-License-Identifier: Apache-2.0
// What the server's side of dive.v1.Cluster needs of a store: seams, so that either can be tested
// without the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "dive/v1/cluster.pb.h"
#include "runtime/task.h"

namespace seine::dive {

// What became of a message: it is in the store for good, now or since before, or never will be;
// then `refused` says why. `left_out` says what of it could not be taken, where the rest was.
struct Applied {
  std::string epoch;
  std::uint64_t sequence = 0;
  std::string refused;
  std::string left_out = {};
};

// Messages of one cluster and method in the order in which they came; the outcomes in the same
// order. Each (epoch, sequence) is applied once, in whatever order epochs come. Errors, of which
// nothing was applied: kInvalidArgument where an envelope is none, and the stream should not go on;
// kUnavailable and kLimit for later.
class ClusterSink {
 public:
  virtual ~ClusterSink() = default;
  virtual runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::MetricMessage> messages) = 0;
  virtual runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::DeploymentMessage> messages) = 0;
  virtual runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::ServiceMessage> messages) = 0;
  virtual runtime::Task<Result<std::vector<Applied>>> add(
      std::string cluster, std::vector<::dive::v1::AddEventRequest> events) = 0;
};

// A token that one cluster may join by, as it is kept: its digest alone.
struct JoinTokenRow {
  std::string cluster;  // empty: any
  WallTime expires{};
  std::string used_by;  // the public key that has used it; empty: none
};

// Which clusters there are, and who speaks for them.
class ClusterBook {
 public:
  virtual ~ClusterBook() = default;
  // Nothing for a token that is not known.
  virtual runtime::Task<Result<std::optional<JoinTokenRow>>> find_token(crypto::Sha256 digest) = 0;
  virtual runtime::Task<Result<void>> add_token(crypto::Sha256 digest, JoinTokenRow token) = 0;
  // The token is used by this key, which speaks for the cluster from now on, in the place of
  // another there may have been: both or neither. Asked again it changes nothing. Error
  // kUnauthorized where another key was first, or has followed.
  virtual runtime::Task<Result<void>> bind(crypto::Sha256 digest, std::string cluster,
                                           std::string public_key) = 0;
  // DER of the key that speaks for the cluster; nothing where it has not joined, or was removed.
  virtual runtime::Task<Result<std::optional<std::string>>> find_key(std::string cluster) = 0;
};

}  // namespace seine::dive
