// SPDX-License-Identifier: Apache-2.0
#include "sql/testing/postgres_fixture.h"

#include <cstdio>
#include <string>
#include <utility>

#include "base/check.h"
#include "sql/postgres.h"
#include "sql/testing/database_fixture.h"

namespace seine::sql::testing {

namespace {

class PostgresFixture final : public DatabaseFixture {
 public:
  explicit PostgresFixture(std::string url) : url_(std::move(url)) {}
  Result<std::unique_ptr<Database>> open(RealLoop& real, const Limits& limits) override {
    return real.run(open_postgres(real.loop, {.url = url_}, limits));
  }

 private:
  const std::string url_;
};

}  // namespace

PostgresServer& shared_server() {
  static std::unique_ptr<PostgresServer> server = [] {
    auto started = PostgresServer::start();
    if (!started) std::fprintf(stderr, "%s\n", started.error().to_string().c_str());
    SEINE_CHECK(started.has_value(), "a test has a PostgreSQL server");
    return *std::move(started);
  }();
  return *server;
}

std::string make_database() {
  static int made = 0;
  const std::string name = "t" + std::to_string(++made);
  const auto done = shared_server().administer("CREATE DATABASE " + name);
  SEINE_CHECK(done.has_value(), "a test has a database");
  return shared_server().url(name);
}

std::unique_ptr<DatabaseFixture> make_database_fixture() {
  return std::make_unique<PostgresFixture>(make_database());
}

}  // namespace seine::sql::testing
