// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/check.h"
#include "base/temporary_folder.h"
#include "sql/sqlite.h"
#include "sql/testing/database_fixture.h"

namespace seine::sql::testing {

namespace {

class SqliteFixture final : public DatabaseFixture {
 public:
  explicit SqliteFixture(TemporaryFolder folder) : folder_(std::move(folder)) {}
  Result<std::unique_ptr<Database>> open(RealLoop& real, const Limits& limits) override {
    return real.run(open_sqlite(real.loop, {.path = folder_.path() + "/test.db"}, limits));
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<DatabaseFixture> make_database_fixture() {
  Result<TemporaryFolder> folder = TemporaryFolder::make("sql-sqlite");
  SEINE_CHECK(folder.has_value(), "a test has a temporary folder");
  return std::make_unique<SqliteFixture>(*std::move(folder));
}

}  // namespace seine::sql::testing
