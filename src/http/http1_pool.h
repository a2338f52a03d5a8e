// SPDX-License-Identifier: Apache-2.0
// Http1Pool: the HTTP/1 connections to one endpoint, as a Service. Takes the connection used last,
// opens one if none is idle. An idle connection that the peer closes, or on which anything arrives,
// is dropped in the same turn. One loop; bodies of answers may outlive the pool.
//
// The race of a request with the peer's closing of an idle connection (story S11): if a connection
// used before dies before any byte of the answer, the request is sent once more on a fresh one,
// provided that its body was not polled, and that either nothing of the request had left or its
// method may be repeated (RFC 9110 9.2.2).
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/time.h"
#include "http/http1_client.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"

namespace seine::http {

// Opens connections to one endpoint.
class Connector {
 public:
  virtual ~Connector() = default;
  virtual runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect() = 0;
};

struct Http1PoolOptions {
  Duration idle_timeout = std::chrono::seconds(3);  // zero: idle connections are kept
  std::size_t max_idle = 10'000;                    // beyond it the oldest goes
};

class Http1Pool final : public Service {
 public:
  // `connector` outlives the pool.
  Http1Pool(runtime::EventLoop& loop, Connector& connector, Http1PoolOptions options = {});
  ~Http1Pool() override;
  Http1Pool(const Http1Pool&) = delete;
  Http1Pool& operator=(const Http1Pool&) = delete;

  // Requests of HTTP/1.0, or without Host and authority, or with `connection: close`, get a fresh
  // connection that is not used again. Errors: those of Connector and of
  // Http1Connection::exchange().
  // The request outlives the task, which takes what it is made of.
  runtime::Task<Result<Response>> send(Request&& request);
  runtime::Task<Result<Response>> call(Request request) override {
    co_return co_await send(std::move(request));
  }

  std::size_t idle() const { return idle_.size(); }
  // Requests repeated for the race described above.
  std::uint64_t repeated() const { return repeated_; }

 private:
  friend class Http1Connection;
  // Looks after the idle connections at the end of a turn in which something happened to one.
  struct Sweep final : runtime::TurnEndHook {
    explicit Sweep(Http1Pool& p) : pool(p) {}
    void on_turn_end() override { pool.sweep(); }
    Http1Pool& pool;
  };
  struct Expiry final : runtime::TimerNode {
    explicit Expiry(Http1Pool& p) : pool(p) {}
    void on_timer() override { pool.loop_.schedule_at_turn_end(pool.sweep_); }
    Http1Pool& pool;
  };

  std::unique_ptr<Http1Connection> take_idle();
  void put_back(std::unique_ptr<Http1Connection> connection);
  void stir() { loop_.schedule_at_turn_end(sweep_); }
  void sweep();

  runtime::EventLoop& loop_;
  Connector& connector_;
  const Http1PoolOptions options_;
  std::vector<std::unique_ptr<Http1Connection>> idle_;  // by idle_since_, the latest at the back
  runtime::List<Http1Connection> busy_;
  std::uint64_t repeated_ = 0;
  Sweep sweep_{*this};
  Expiry expiry_{*this};
};

}  // namespace seine::http
