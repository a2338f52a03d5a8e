// SPDX-License-Identifier: Apache-2.0
#include "http/http1_pool.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "http/http1_fields.h"

namespace seine::http {

namespace {

bool may_be_repeated(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE" ||
         method == "PUT" || method == "DELETE";
}

bool is_one_shot(const RequestHead& head) {
  if (head.version == Version::kHttp10) return true;
  if (head.authority.empty() && !head.headers.contains("host")) return true;
  return list_contains(head.headers.get("connection").value_or(""), "close");
}

}  // namespace

Http1Pool::Http1Pool(runtime::EventLoop& loop, Connector& connector, Http1PoolOptions options)
    : loop_(loop), connector_(connector), options_(options) {}

Http1Pool::~Http1Pool() {
  busy_.for_each([](Http1Connection& connection) {
    connection.unlink();
    connection.pool_ = nullptr;
  });
}

runtime::Task<Result<Response>> Http1Pool::send(Request&& request) {
  const bool one_shot = is_one_shot(request.head);
  if (one_shot && request.head.version == Version::kHttp11) {
    request.head.headers.set("connection", "close");
  }
  for (bool first = true;; first = false) {
    std::unique_ptr<Http1Connection> connection;
    if (first && !one_shot) connection = take_idle();
    const bool reused = connection != nullptr;
    if (!reused) {
      Result<std::unique_ptr<runtime::Stream>> stream = co_await connector_.connect();
      if (!stream) co_return fail(std::move(stream.error()));
      connection = std::make_unique<Http1Connection>(loop_, std::move(*stream));
      connection->pool_ = this;
      busy_.push_back(*connection);
    }
    const bool has_body = request.body != nullptr;
    Response response;
    Result<void> done = co_await connection->exchange(request, response.head);
    if (done) {
      response.body = Http1Connection::body_of(std::move(connection));
      co_return response;
    }
    const bool body_intact = !has_body || request.body != nullptr;
    const bool lost_the_race = reused && !connection->heard() && body_intact &&
                               done.error().code != ErrorCode::kInvalidArgument &&
                               (!connection->sent() || may_be_repeated(request.head.method));
    if (!lost_the_race) co_return fail(std::move(done.error()));
    ++repeated_;
  }
}

std::unique_ptr<Http1Connection> Http1Pool::take_idle() {
  while (!idle_.empty()) {
    std::unique_ptr<Http1Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (!connection->still_idle()) continue;
    busy_.push_back(*connection);
    return connection;
  }
  return nullptr;
}

void Http1Pool::put_back(std::unique_ptr<Http1Connection> connection) {
  if (options_.max_idle == 0) return;
  if (idle_.size() == options_.max_idle) idle_.erase(idle_.begin());
  connection->unlink();
  connection->idle_since_ = loop_.now();
  connection->watch_idle();
  idle_.push_back(std::move(connection));
  if (options_.idle_timeout > Duration::zero() && !expiry_.linked()) {
    loop_.add_timer(expiry_, options_.idle_timeout);
  }
}

void Http1Pool::sweep() {
  const Duration timeout = options_.idle_timeout;
  const TimePoint now = loop_.now();
  std::erase_if(idle_, [&](const std::unique_ptr<Http1Connection>& connection) {
    if (timeout > Duration::zero() && connection->idle_since_ + timeout <= now) return true;
    if (!connection->stirred_) return false;
    if (!connection->still_idle()) return true;
    connection->watch_idle();
    return false;
  });
  if (timeout > Duration::zero() && !idle_.empty() && !expiry_.linked()) {
    loop_.add_timer_at(expiry_, idle_.front()->idle_since_ + timeout);
  }
}

}  // namespace seine::http
