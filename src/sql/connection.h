// SPDX-License-Identifier: Apache-2.0
// One connection to a database, SQLite's or PostgreSQL's: what src/sql/pool.h hands out and
// database.h speaks through. Lives on the loop that made it. One statement at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/task.h"
#include "sql/value.h"

namespace seine::sql {

enum class Dialect : std::uint8_t { kSqlite, kPostgres };

class Connection {
 public:
  Connection() = default;
  virtual ~Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement, prepared. Destroying the task leaves the statement behind: then nothing but
  // reset() and the destructor may follow.
  virtual runtime::Task<Result<Rows>> run(std::string sql, Values values) = 0;

  // Whether a transaction is open, as of the last statement that ended.
  virtual bool in_transaction() const = 0;
  // A statement was left behind.
  virtual bool interrupted() const = 0;
  // Cheap, asks the kernel at most. False: of no use any more, destroy it.
  virtual bool alive() = 0;
  // Ends what was left behind and any open transaction. An error: destroy it.
  virtual runtime::Task<Result<void>> reset() = 0;
};

class Connector {
 public:
  Connector() = default;
  virtual ~Connector() = default;
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;

  virtual runtime::Task<Result<std::unique_ptr<Connection>>> connect() = 0;
  // Takes the database for this connector alone, as long as it lives. False: another has it, of
  // this process or of another.
  virtual runtime::Task<Result<bool>> claim() = 0;
  virtual Dialect dialect() const = 0;
  // Connections that can be of use at the same time.
  virtual std::size_t max_connections() const = 0;
};

}  // namespace seine::sql
