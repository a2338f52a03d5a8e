// SPDX-License-Identifier: Apache-2.0
// One HTTP/2 connection shared by all who need it: made on demand, made again with backoff when it
// is lost. Where the peer limits its streams and they are taken, spare ones beside it, closed when
// idle. What is over is closed at once. Used for endpoints and for the control plane. One loop.
//
// Who comes when all streams are taken waits for a spare connection or for a stream, whichever is
// there first, and after kSparePatience in line for a stream of one connection.
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

  // How long a request waits for a spare connection before it stands in line.
  static constexpr Duration kSparePatience = std::chrono::milliseconds(200);
  // How long it may take to make one; where that failed, so long until the next is tried.
  static constexpr Duration kSpareTimeout = std::chrono::seconds(1);
  static constexpr Duration kSparePause = std::chrono::seconds(1);
  // One that was not used for so long is closed, half as much later at most.
  static constexpr Duration kSpareIdle = std::chrono::seconds(10);

  // `connector` makes the transport (TCP, TLS, transport header) and bounds its own time; it and
  // `observer`, which may be null, outlive the link. At most `connections` take requests at once.
  Http2Link(runtime::EventLoop& loop, FastRandom& random, const BackoffConfig& backoff,
            const http::Http2Options& options, http::Connector& connector, Observer* observer,
            std::size_t connections = 1);

  bool usable() const;
  // The last attempt failed, and none has succeeded since; the next comes by itself.
  bool failing() const { return failing_; }
  const Error& last_error() const { return last_error_; }
  // Starts an attempt unless one is under way or waits for its backoff.
  void want() { wanted_.on_wake(); }
  // After the next attempt, whatever came of it; returns at once if usable().
  runtime::Task<void> attempted();
  // Whether each connection has as many streams as its peer allows, and another may be made.
  bool should_widen() const;
  // Until that is no longer so, or for kSparePatience. The link may have become unusable then.
  runtime::Task<void> widened();
  // CHECKs usable(). One that has room for a request, the oldest first; if none has, the one with
  // the fewest. A client that is replaced lives on until its streams have ended. Calls under way
  // keep theirs.
  const std::shared_ptr<http::Http2Client>& client();
  std::size_t active_streams() const;

 private:
  struct Waiter : runtime::ListNode {
    runtime::WakeSlot slot;
  };
  struct Connection {
    std::shared_ptr<http::Http2Client> client;
    runtime::Signal::Watch closed;
    TimePoint used;  // when it last was given out
  };
  using OwnedConnection = std::unique_ptr<Connection>;
  // A stream has become free: it is for the first that waits.
  struct Freed final : runtime::Wakeable {
    Http2Link& link;
    explicit Freed(Http2Link& owner) : link(owner) {}
    void on_wake() override { link.hand_on(); }
  };
  static runtime::Task<void> run(Http2Link& link);
  static runtime::Task<void> drop_closed(Http2Link& link);
  static runtime::Task<void> drop_idle_spares(Http2Link& link);
  std::size_t usable_count() const;
  bool has_room() const;
  runtime::Task<Result<OwnedConnection>> open();
  runtime::Task<Result<OwnedConnection>> open_greeted();
  runtime::Task<Result<OwnedConnection>> open_spare();
  void adopt(OwnedConnection made);
  runtime::Task<void> wait_in_list();
  runtime::Task<Result<void>> until_widened();
  void wake_waiters();
  void hand_on();
  void watch_room();

  runtime::EventLoop& loop_;
  FastRandom& random_;
  Backoff backoff_;
  const http::Http2Options options_;
  http::Connector& connector_;
  Observer* const observer_;
  const std::size_t most_;
  // By age: those that take requests, and those whose last streams go on to their end.
  std::vector<OwnedConnection> connections_;
  Freed freed_{*this};
  bool watches_spares_ = false;  // drop_idle_spares() runs
  TimePoint no_spare_until_;
  bool failing_ = false;
  Error last_error_;
  runtime::List<Waiter> waiters_;
  runtime::Waker wanted_;
  runtime::Waker closed_;
  runtime::TaskScope scope_;
};

}  // namespace seine::proxy
