// SPDX-License-Identifier: Apache-2.0
// One HTTP/2 connection shared by all who need it: made on demand, made again with backoff when it
// is lost. Used for endpoints and for the control plane. One loop.
#pragma once

#include <memory>
#include <vector>

#include "http/http1_pool.h"
#include "http/http2_client.h"
#include "proxy/backoff.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

class Http2Link {
 public:
  // Told after each attempt, on the loop; may not destroy the link.
  class Observer {
   public:
    virtual void on_link_change() = 0;

   protected:
    ~Observer() = default;
  };

  // `connector` makes the transport (TCP, TLS, transport header) and bounds its own time; it and
  // `observer`, which may be null, outlive the link.
  Http2Link(runtime::EventLoop& loop, FastRandom& random, const BackoffConfig& backoff,
            const http::Http2Options& options, http::Connector& connector, Observer* observer);

  bool usable() const { return client_ != nullptr && client_->usable(); }
  // The last attempt failed, and none has succeeded since; the next comes by itself.
  bool failing() const { return failing_; }
  const Error& last_error() const { return last_error_; }
  // Starts an attempt unless one is under way or waits for its backoff.
  void want() { wanted_.on_wake(); }
  // After the next attempt, whatever came of it; returns at once if usable().
  runtime::Task<void> attempted();
  // CHECKs usable(). A client that is replaced lives on until its streams have ended.
  const std::shared_ptr<http::Http2Client>& client() const;
  std::size_t active_streams() const;

 private:
  struct Waiter : runtime::ListNode {
    runtime::WakeSlot slot;
  };
  static runtime::Task<void> run(Http2Link& link);
  void adopt(std::unique_ptr<runtime::Stream> stream);

  runtime::EventLoop& loop_;
  FastRandom& random_;
  Backoff backoff_;
  const http::Http2Options options_;
  http::Connector& connector_;
  Observer* const observer_;
  std::shared_ptr<http::Http2Client> client_;
  std::vector<std::shared_ptr<http::Http2Client>> retired_;
  bool failing_ = false;
  Error last_error_;
  runtime::List<Waiter> waiters_;
  runtime::Waker wanted_;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
