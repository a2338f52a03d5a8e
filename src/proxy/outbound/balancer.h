// SPDX-License-Identifier: Apache-2.0
// A backend of outbound policy on this loop: its endpoints, and which of them takes the next
// request or connection. A forward backend is a balancer of one endpoint that never changes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/message.h"
#include "model/client_policy.h"
#include "proxy/outbound/endpoint.h"
#include "proxy/outbound/targets.h"
#include "proxy/worker_context.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

class Balancer final : private EndpointObserver {
 public:
  // CHECKs that the backend is not of kind Fail. `accrual`: when an endpoint is set aside for how
  // it answers HTTP; raw connections say nothing of that.
  Balancer(WorkerContext& context, Destinations& destinations, const model::Backend& backend,
           model::FailureAccrual accrual = {});
  ~Balancer();

  // Whether a request would not fail at once: its last wait for an endpoint was not in vain, or
  // there is one now.
  bool available() { return !failing_fast_ || pick() != nullptr; }
  // Sends to a ready endpoint, waiting for one up to the failfast timeout. Errors: kFailfast (also
  // at once, while the last wait for an endpoint was in vain), kLoadShed (too many wait), or those
  // of the endpoint.
  // What the terms point to outlives the task. Limits among them end it with their error; its body
  // is watched by them already.
  runtime::Task<Result<http::Response>> send(http::Request&& request, SendTerms terms = {});
  // The same for a connection of raw bytes.
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect(Tried* tried = nullptr);

 private:
  struct Waiter : runtime::ListNode {
    runtime::WakeSlot slot;
  };

  void on_endpoint_change() override {
    ++changes_;
    wake_waiters();
  }
  std::size_t ready_endpoints() const override;
  void wake_waiters();
  void update(const EndpointSet& set);
  static runtime::Task<void> follow(Balancer& balancer);
  std::shared_ptr<OutboundEndpoint> pick();
  // The reason if every endpoint fails for its certificate; else null.
  const Error* tls_failure() const;
  // Those that wait for an endpoint: requests, and apart from them raw connections.
  struct Line {
    const char* const of;
    // The policy's queue or the environment's, whichever is smaller.
    const std::size_t capacity;
    std::size_t waiting = 0;
  };

  // Waits for pick() to find one, or for a tls_failure() that is news since `since` changes. Counts
  // against the capacity of its line.
  runtime::Task<Result<std::shared_ptr<OutboundEndpoint>>> wait_for_endpoint(std::uint64_t since,
                                                                             Line& line);
  runtime::Task<Result<std::shared_ptr<OutboundEndpoint>>> prepare_some(
      const http::RequestHead& head);
  runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect_some(Tried* tried);
  Error failfast_error() const;
  // Remembers whether the wait for an endpoint was in vain; then nobody waits until there is one.
  template <class T>
  runtime::Task<Result<T>> within_failfast(runtime::Task<Result<T>> attempt);

  // Who a request was meant for where that is one endpoint, whether it is reached or not.
  void tell_meant(Tried* tried);
  // That nobody could take the request.
  void tell_taps(const http::RequestHead& head, const Delivery& delivery, const Error& error);

  WorkerContext& context_;
  const std::string name_;  // for errors and the authority label
  const bool is_forward_;
  const model::Queue queue_;
  const model::FailureAccrual accrual_;
  model::PeakEwma load_;
  Destinations::Lease lease_;
  std::vector<std::shared_ptr<OutboundEndpoint>> endpoints_;
  runtime::List<Waiter> waiters_;
  Line requests_;
  Line connections_;
  std::uint64_t changes_ = 0;  // times an endpoint became ready or failed
  bool failing_fast_ = false;
  Error last_error_;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
