// SPDX-License-Identifier: Apache-2.0
#include "sql/pool.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "runtime/combine.h"

namespace seine::sql {

using runtime::Task;

// A place in the queue. If it dies between being given a connection and its turn, the connection
// goes on to the next.
struct Pool::Waiter : runtime::ListNode {
  explicit Waiter(Pool& p) : pool(p), waker(p.loop_) { ++pool.waiting_count_; }
  ~Waiter() {
    unlink();
    --pool.waiting_count_;
    if (given) pool.put(std::move(given));
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Pool& pool;
  runtime::Waker waker;
  std::unique_ptr<Connection> given;
};

Pool::Pool(runtime::EventLoop& loop, std::unique_ptr<Connector> connector, const Limits& limits)
    : loop_(loop),
      limits_(limits),
      connector_(std::move(connector)),
      random_(std::random_device{}()),
      scope_(loop, [](Error) {}) {}

Pool::~Pool() {
  SEINE_CHECK(leased_ == 0, "a transaction or a statement outlives its database");
  SEINE_CHECK(waiting_count_ == 0, "somebody waits for a database that ends");
}

Task<Result<std::unique_ptr<Connection>>> Pool::connect_once() {
  co_return co_await runtime::with_deadline(loop_, limits_.connect_deadline,
                                            ErrorCode::kUnavailable,
                                            "no connection to the database", connector_->connect());
}

Task<Result<void>> Pool::open() {
  auto connection = co_await connect_once();
  if (!connection) co_return fail(std::move(connection.error()));
  ++open_;
  put(*std::move(connection));
  co_return Result<void>();
}

Task<Result<Pool::Lease>> Pool::acquire() {
  if (waiters_.empty()) {
    if (std::unique_ptr<Connection> idle = take_idle()) {
      ++leased_;
      co_return Lease(*this, std::move(idle));
    }
  }
  if (waiting_count_ >= limits_.max_waiting) {
    co_return fail(ErrorCode::kLimit,
                   std::to_string(waiting_count_) + " statements wait for the database already");
  }
  const Duration patience = open_ == 0 && last_error_
                                ? std::min(limits_.away_deadline, limits_.waiting_deadline)
                                : limits_.waiting_deadline;
  auto lease =
      co_await runtime::with_deadline(loop_, patience, ErrorCode::kTimeout,
                                      "no free connection to the database", wait_for_connection());
  if (!lease && open_ == 0 && last_error_) {
    Error error = *last_error_;
    error.retryable = true;
    co_return fail(std::move(error));
  }
  co_return lease;
}

Task<Result<Pool::Lease>> Pool::wait_for_connection() {
  Waiter self(*this);
  waiters_.push_back(self);
  connect_as_wanted();
  while (!self.given) co_await self.waker.wait();
  ++leased_;
  co_return Lease(*this, std::move(self.given));
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  --leased_;
  if (!connection->alive()) {
    drop(std::move(connection));
  } else if (connection->interrupted() || connection->in_transaction()) {
    scope_.spawn(mend(std::move(connection)));
  } else {
    put(std::move(connection));
  }
}

Task<void> Pool::mend(std::unique_ptr<Connection> connection) {
  const auto mended =
      co_await runtime::with_deadline(loop_, limits_.statement_deadline, ErrorCode::kTimeout,
                                      "ending a transaction", connection->reset());
  if (mended) {
    put(std::move(connection));
  } else {
    drop(std::move(connection));
  }
}

void Pool::put(std::unique_ptr<Connection> connection) {
  if (waiters_.empty()) {
    idle_.push_back(std::move(connection));
    return;
  }
  Waiter& first = waiters_.pop_front();
  first.given = std::move(connection);
  first.waker.on_wake();
}

void Pool::drop(std::unique_ptr<Connection> connection) {
  connection.reset();
  --open_;
  connect_as_wanted();
}

std::unique_ptr<Connection> Pool::take_idle() {
  while (!idle_.empty()) {
    std::unique_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->alive()) return connection;
    connection.reset();
    --open_;
  }
  return nullptr;
}

// One attempt a waiter, within the size of the pool.
void Pool::connect_as_wanted() {
  const std::size_t size = std::min(limits_.max_connections, connector_->max_connections());
  while (opening_ < waiting_count_ && open_ + opening_ < size) {
    ++opening_;
    scope_.spawn(keep_connecting());
  }
}

Task<void> Pool::keep_connecting() {
  // Whoever comes while the database is away waits for the attempt that is due anyway.
  while (waiting_count_ > 0) {
    co_await runtime::sleep_for(loop_, next_attempt_ - loop_.now());
    if (waiting_count_ == 0) break;
    auto connection = co_await connect_once();
    if (connection) {
      failures_ = 0;
      next_attempt_ = {};
      last_error_.reset();
      --opening_;
      ++open_;
      put(*std::move(connection));
      co_return;
    }
    last_error_ = std::move(connection.error());
    next_attempt_ = loop_.now() + backoff();
  }
  --opening_;
}

Duration Pool::backoff() {
  Duration wait = limits_.first_backoff;
  for (std::uint32_t i = 0; i < failures_ && wait < limits_.last_backoff; ++i) wait *= 2;
  ++failures_;
  wait = std::min(wait, limits_.last_backoff);
  std::uniform_int_distribution<Duration::rep> jitter(0, wait.count() / 2);
  return wait + Duration(jitter(random_));
}

}  // namespace seine::sql
