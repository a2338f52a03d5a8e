// SPDX-License-Identifier: Apache-2.0
// Debian's PostgreSQL 15 for one test binary, in a temporary folder, on a unix socket there and on
// no port; as user postgres or nobody where the test is root, for it refuses to run as root. Gone
// with its owner, also where the owner is killed.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/temporary_folder.h"

namespace seine::sql::testing {

class PostgresServer {
 public:
  // Makes a database cluster and starts the server on it. Blocking, some seconds.
  static Result<std::unique_ptr<PostgresServer>> start();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // A URL of a database; the first one that exists is "postgres".
  std::string url(std::string_view database) const;
  // Runs a statement in database "postgres", blocking.
  Result<void> administer(const std::string& sql) const;
  // Ends the server at once, connections and all, and starts it again.
  void stop();
  Result<void> start_again();

 private:
  explicit PostgresServer(TemporaryFolder folder) : folder_(std::move(folder)) {}

  TemporaryFolder folder_;
  pid_t server_ = -1;
};

}  // namespace seine::sql::testing
