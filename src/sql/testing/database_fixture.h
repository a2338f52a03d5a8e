// SPDX-License-Identifier: Apache-2.0
// A fresh, empty database for each test of the suite that runs against both kinds. Which one it is
// is decided by what the test binary is linked with.
#pragma once

#include <memory>

#include "base/result.h"
#include "sql/database.h"
#include "sql/testing/real_loop.h"

namespace seine::sql::testing {

// The database of one test, however often it is opened.
class DatabaseFixture {
 public:
  virtual ~DatabaseFixture() = default;
  virtual Result<std::unique_ptr<Database>> open(RealLoop& real, const Limits& limits) = 0;
};

std::unique_ptr<DatabaseFixture> make_database_fixture();

}  // namespace seine::sql::testing
