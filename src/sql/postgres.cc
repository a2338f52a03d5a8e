// SPDX-License-Identifier: Apache-2.0
#include "sql/postgres.h"

#include <libpq-fe.h>

#include <utility>

#include "sql/postgres_connection.h"
#include "sql/postgres_error.h"

namespace seine::sql {

using runtime::Task;

namespace {

// Any number will do but that of migrations, as long as every version of ours uses the same.
constexpr std::int64_t kClaim = 0x5e17e0002;

class PostgresConnector final : public Connector {
 public:
  PostgresConnector(runtime::EventLoop& loop, PostgresOptions options, const Limits& limits)
      : loop_(loop), options_(std::move(options)), limits_(limits) {}

  // Whoever had the database alone and lost that with the server takes it again before anything
  // else is done.
  Task<Result<std::unique_ptr<Connection>>> connect() override {
    if (holder_ && !holder_->alive()) {
      const auto again = co_await claim();
      if (!again) co_return fail(again.error());
      if (!*again) {
        co_return fail(ErrorCode::kUnavailable,
                       "while the database was away another process has begun to work on it");
      }
    }
    co_return co_await PostgresConnection::connect(loop_, options_.url, limits_);
  }
  Task<Result<bool>> claim() override;
  Dialect dialect() const override { return Dialect::kPostgres; }
  std::size_t max_connections() const override { return limits_.max_connections; }

 private:
  runtime::EventLoop& loop_;
  const PostgresOptions options_;
  const Limits limits_;
  std::unique_ptr<Connection> holder_;  // of the lock, and of nothing else
};

// A lock of a session of its own. Where this machine dies without a word the server learns it by
// its keepalive.
Task<Result<bool>> PostgresConnector::claim() {
  if (holder_ && holder_->alive()) co_return true;
  auto made = co_await PostgresConnection::connect(loop_, options_.url, limits_);
  if (!made) co_return fail(std::move(made.error()));
  auto rows = co_await (*made)->run(
      "SELECT CASE WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END,"
      " set_config('tcp_keepalives_idle', '30', false),"
      " set_config('tcp_keepalives_interval', '10', false),"
      " set_config('tcp_keepalives_count', '3', false)",
      {kClaim});
  if (!rows) co_return fail(std::move(rows.error()));
  const auto taken = get<std::int64_t>(rows->rows.at(0), 0);
  if (!taken) co_return fail(taken.error());
  // Of two that asked at once the other may be of this connector.
  if (holder_ && holder_->alive()) co_return true;
  if (*taken == 1) holder_ = *std::move(made);
  co_return *taken == 1;
}

Result<void> check_url(const std::string& url) {
  char* said = nullptr;
  PQconninfoOption* parts = PQconninfoParse(url.c_str(), &said);
  if (parts != nullptr) {
    PQconninfoFree(parts);
    return {};
  }
  // libpq quotes the URL, password and all.
  PQfreemem(said);
  return fail(ErrorCode::kInvalidConfig,
              "the database's URL is not of the form postgres://USER:PASSWORD@HOST:PORT/NAME; a "
              "character that means something in a URL is written %XX");
}

}  // namespace

Task<Result<std::unique_ptr<Database>>> open_postgres(runtime::EventLoop& loop,
                                                      PostgresOptions options, Limits limits) {
  if (auto fit = check_url(options.url); !fit) co_return fail(std::move(fit.error()));
  auto database = std::make_unique<Database>(
      loop, std::make_unique<PostgresConnector>(loop, std::move(options), limits), limits);
  auto opened = co_await database->open();
  if (!opened) co_return fail(std::move(opened.error()));
  co_return database;
}

}  // namespace seine::sql
