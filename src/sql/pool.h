// SPDX-License-Identifier: Apache-2.0
// A few connections and a queue of those who want one, first come first served. Connections are
// made when wanted, again after a loss, with backoff while the database is away.
//
// On its loop. Leases, and tasks of acquire(), die before it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"
#include "sql/connection.h"
#include "sql/limits.h"

namespace seine::sql {

class Pool {
 public:
  // A connection on loan. Its death gives it back in any state: the pool ends a transaction that is
  // open, and closes what cannot be mended.
  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) pool_->give_back(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  Pool(runtime::EventLoop& loop, std::unique_ptr<Connector> connector, const Limits& limits);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Connects once, without backoff, so that a start fails with the reason.
  runtime::Task<Result<void>> open();
  // What the connector says.
  runtime::Task<Result<bool>> claim() { co_return co_await connector_->claim(); }
  // Errors: kLimit where too many wait already; kTimeout after Limits::waiting_deadline, or,
  // no later than Limits::away_deadline, kUnavailable with what the last attempt to connect said.
  runtime::Task<Result<Lease>> acquire();

  Dialect dialect() const { return connector_->dialect(); }
  std::size_t connections() const { return open_; }
  std::size_t waiting() const { return waiting_count_; }

 private:
  struct Waiter;
  runtime::Task<Result<Lease>> wait_for_connection();
  runtime::Task<Result<std::unique_ptr<Connection>>> connect_once();
  runtime::Task<void> keep_connecting();
  runtime::Task<void> mend(std::unique_ptr<Connection> connection);
  void give_back(std::unique_ptr<Connection> connection);
  void put(std::unique_ptr<Connection> connection);
  void drop(std::unique_ptr<Connection> connection);
  void connect_as_wanted();
  std::unique_ptr<Connection> take_idle();
  Duration backoff();

  runtime::EventLoop& loop_;
  const Limits limits_;
  std::unique_ptr<Connector> connector_;
  std::vector<std::unique_ptr<Connection>> idle_;
  runtime::List<Waiter> waiters_;
  std::size_t waiting_count_ = 0;
  std::size_t open_ = 0;     // idle, on loan or being mended
  std::size_t opening_ = 0;  // being connected
  std::size_t leased_ = 0;
  std::uint32_t failures_ = 0;  // attempts to connect since the last that worked
  TimePoint next_attempt_{};
  std::optional<Error> last_error_;
  std::minstd_rand random_;
  runtime::TaskScope scope_;
};

}  // namespace seine::sql
