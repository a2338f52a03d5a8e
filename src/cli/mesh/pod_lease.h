// SPDX-License-Identifier: Apache-2.0
// A pod's place in the registry: joined once, renewed each second, given back at the end. While the
// controller is away the pod goes on; when the lease was lost meanwhile, it joins anew as the pod
// it was.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "cli/mesh/registry_client.h"
#include "cli/mesh/run_options.h"
#include "runtime/task.h"
#include "seine/registry/v1/registry.pb.h"

namespace seine::cli {

// One loop.
class PodLease {
 public:
  // What is said of the pod with each renewal.
  struct Facts {
    std::set<std::uint16_t> listening;
    bool proxy_ready = false;
  };

  // All outlive it.
  PodLease(runtime::EventLoop& loop, const Log& log, const RunOptions& options,
           const std::string& registry_socket)
      : loop_(loop), log_(log), options_(options), registry_(loop, registry_socket) {}

  // Errors are the registry's own sentences, kUnavailable if it does not answer for 20 s.
  runtime::Task<Result<void>> join();
  const seine::registry::v1::JoinResponse& joined() const { return joined_; }
  // A token for the proxy.
  runtime::Task<Result<std::string>> issue_token();

  // For ever: tells `facts()` each second, and hands new tokens to `on_token`.
  runtime::Task<void> keep(std::function<Facts()> facts,
                           std::function<void(const std::string&)> on_token);
  // Renews at once, as when something of the facts changed.
  void touch() { hurried_.on_wake(); }

  // Goodbye: out of every service; completes once peers know, or cannot be told. Then gone().
  runtime::Task<void> leave();
  runtime::Task<void> gone();

 private:
  runtime::Task<Result<void>> join_as(const seine::registry::v1::Pod* claim);
  runtime::Task<void> say_goodbye(bool gone);
  void warn_of_skew(const google::protobuf::Duration& skew);

  runtime::EventLoop& loop_;
  const Log& log_;
  const RunOptions& options_;
  RegistryClient registry_;
  seine::registry::v1::JoinResponse joined_;
  bool is_away_ = false;
  bool skew_told_ = false;
  runtime::Waker hurried_{loop_};
};

}  // namespace seine::cli
