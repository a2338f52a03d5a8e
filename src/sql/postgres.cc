// SPDX-License-Identifier: Apache-2.0
#include "sql/postgres.h"

#include <libpq-fe.h>

#include <utility>

#include "sql/postgres_connection.h"
#include "sql/postgres_error.h"

namespace seine::sql {

using runtime::Task;

namespace {

class PostgresConnector final : public Connector {
 public:
  PostgresConnector(runtime::EventLoop& loop, PostgresOptions options, const Limits& limits)
      : loop_(loop), options_(std::move(options)), limits_(limits) {}

  Task<Result<std::unique_ptr<Connection>>> connect() override {
    co_return co_await PostgresConnection::connect(loop_, options_.url, limits_);
  }
  Dialect dialect() const override { return Dialect::kPostgres; }
  std::size_t max_connections() const override { return limits_.max_connections; }

 private:
  runtime::EventLoop& loop_;
  const PostgresOptions options_;
  const Limits limits_;
};

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
