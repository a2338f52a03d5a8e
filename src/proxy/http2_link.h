// SPDX-License-Identifier: Apache-2.0
// One HTTP/2 connection shared by all who need it: made on demand, made again with backoff when it
// is lost. What is over is closed at once. Used for endpoints and for the control plane. One loop.
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

  bool usable() const { return current_ != nullptr && current_->client->usable(); }
  // The last attempt failed, and none has succeeded since; the next comes by itself.
  bool failing() const { return failing_; }
  const Error& last_error() const { return last_error_; }
  // Starts an attempt unless one is under way or waits for its backoff.
  void want() { wanted_.on_wake(); }
  // After the next attempt, whatever came of it; returns at once if usable().
  runtime::Task<void> attempted();
  // CHECKs usable(). A client that is replaced lives on until its streams have ended. Calls under
  // way keep theirs.
  const std::shared_ptr<http::Http2Client>& client() const;
  std::size_t active_streams() const;

 private:
  struct Waiter : runtime::ListNode {
    runtime::WakeSlot slot;
  };
  struct Connection {
    std::shared_ptr<http::Http2Client> client;
    runtime::Signal::Watch closed;
  };
  static runtime::Task<void> run(Http2Link& link);
  static runtime::Task<void> drop_closed(Http2Link& link);
  void adopt(std::unique_ptr<runtime::Stream> stream);

  runtime::EventLoop& loop_;
  FastRandom& random_;
  Backoff backoff_;
  const http::Http2Options options_;
  http::Connector& connector_;
  Observer* const observer_;
  std::unique_ptr<Connection> current_;
  std::vector<std::unique_ptr<Connection>> retired_;
  bool failing_ = false;
  Error last_error_;
  runtime::List<Waiter> waiters_;
  runtime::Waker wanted_;
  runtime::Waker closed_;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
