// SPDX-License-Identifier: Apache-2.0
// One connection to PostgreSQL, driven by the readiness of its socket.
//
// A statement that is left behind costs the connection: it is closed, and the server, which looks
// every second whether anybody listens still, ends the statement and its transaction. (libpq 15
// can only cancel by blocking.)
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "runtime/event_loop.h"
#include "sql/connection.h"
#include "sql/limits.h"
#include "sql/postgres_wire.h"

namespace seine::sql {

class PostgresConnection final : public Connection {
 public:
  // Connected and set up for us.
  static runtime::Task<Result<std::unique_ptr<Connection>>> connect(runtime::EventLoop& loop,
                                                                    std::string url, Limits limits);

  runtime::Task<Result<Rows>> run(std::string sql, Values values) override;
  bool in_transaction() const override;
  bool interrupted() const override { return busy_; }
  bool alive() override;
  runtime::Task<Result<void>> reset() override;

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  using Answer = std::unique_ptr<PGresult, Clear>;
  // The same text with parameters of other types is another statement.
  struct Prepared {
    std::string sql;
    std::vector<TypeOid> types;
    std::string name;
  };

  PostgresConnection(runtime::EventLoop& loop, const Limits& limits)
      : loop_(loop), limits_(limits) {}

  runtime::Task<Result<void>> handshake(std::string url);
  runtime::Task<Result<void>> set_up();
  runtime::Task<Result<Rows>> execute(std::string sql, Values values);
  runtime::Task<Result<std::string>> prepare(std::string sql, std::vector<TypeOid> types);
  runtime::Task<Result<void>> forget_oldest();
  runtime::Task<Result<void>> answer_ready();
  // Results until the server is done; the error of the first that is one.
  runtime::Task<Result<Rows>> collect();
  Result<void> take_rows(const PGresult* answer, Rows& rows, ResultMeter& meter) const;
  Error refusal(const PGresult* answer);
  Error lost();

  runtime::EventLoop& loop_;
  const Limits limits_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::list<Prepared> prepared_;  // the last used first
  std::uint64_t next_name_ = 1;
  bool busy_ = false;
  bool broken_ = false;
};

}  // namespace seine::sql
