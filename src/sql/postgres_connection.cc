// SPDX-License-Identifier: Apache-2.0
#include "sql/postgres_connection.h"

#include <poll.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "sql/postgres_error.h"

namespace seine::sql {

using runtime::Task;

namespace {

constexpr int kMinServerVersion = 140000;
constexpr int kBinary = 1;

// Watches a descriptor for one wait. Registering anew tells of what is ready already, so nothing is
// missed whatever libpq has left unread; and libpq may change its socket between two waits.
class Readiness final : private runtime::FdWatcher {
 public:
  Readiness(runtime::EventLoop& loop, int fd, std::uint32_t wanted)
      : loop_(loop), fd_(fd), wanted_(wanted | EPOLLRDHUP | EPOLLHUP | EPOLLERR), waker_(loop) {
    watched_ = loop_.watch(fd_, *this);
  }
  ~Readiness() {
    if (watched_) loop_.unwatch(fd_);
  }
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  const Result<void>& watched() const { return watched_; }
  runtime::Waker::Awaiter wait() { return waker_.wait(); }

 private:
  void on_events(std::uint32_t events) override {
    if ((events & wanted_) != 0) waker_.on_wake();
  }

  runtime::EventLoop& loop_;
  const int fd_;
  const std::uint32_t wanted_;
  runtime::Waker waker_;
  Result<void> watched_;
};

Task<Result<void>> ready(runtime::EventLoop& loop, int fd, std::uint32_t wanted) {
  Readiness readiness(loop, fd, wanted);
  if (!readiness.watched()) co_return fail(readiness.watched().error());
  co_await readiness.wait();
  co_return Result<void>();
}

std::string_view field(const PGresult* answer, int code) {
  const char* text = PQresultErrorField(answer, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

Task<Result<std::unique_ptr<Connection>>> PostgresConnection::connect(runtime::EventLoop& loop,
                                                                      std::string url,
                                                                      Limits limits) {
  std::unique_ptr<PostgresConnection> made(new PostgresConnection(loop, limits));
  auto connected = co_await made->handshake(std::move(url));
  if (!connected) co_return fail(std::move(connected.error()));
  auto ready_to_use = co_await made->set_up();
  if (!ready_to_use) co_return fail(std::move(ready_to_use.error()));
  co_return std::unique_ptr<Connection>(std::move(made));
}

Task<Result<void>> PostgresConnection::handshake(std::string url) {
  // Keepalive notices a server that vanished without a word.
  const std::array<const char*, 7> keys = {"dbname",
                                           "client_encoding",
                                           "fallback_application_name",
                                           "keepalives_idle",
                                           "tcp_user_timeout",
                                           "keepalives_interval",
                                           nullptr};
  const std::array<const char*, 7> values = {url.c_str(), "UTF8", "seine", "30",
                                             "30000",     "10",   nullptr};
  connection_.reset(PQconnectStartParams(keys.data(), values.data(), /*expand_dbname=*/1));
  SEINE_CHECK(connection_ != nullptr, "libpq has memory");
  PGconn* connection = connection_.get();
  PQsetNoticeReceiver(connection, [](void*, const PGresult*) {}, nullptr);
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  if (PQstatus(connection) == CONNECTION_BAD) status = PGRES_POLLING_FAILED;
  while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
    const std::uint32_t wanted = status == PGRES_POLLING_READING ? EPOLLIN : EPOLLOUT;
    auto is_ready = co_await ready(loop_, PQsocket(connection), wanted);
    if (!is_ready) co_return is_ready;
    status = PQconnectPoll(connection);
  }
  if (status != PGRES_POLLING_OK) {
    co_return fail(ErrorCode::kUnavailable,
                   "no connection to the database: " + one_line(PQerrorMessage(connection)));
  }
  if (PQserverVersion(connection) < kMinServerVersion) {
    co_return fail(ErrorCode::kInvalidConfig,
                   "the database server is PostgreSQL " +
                       std::to_string(PQserverVersion(connection) / 10000) +
                       ", and 14 is the oldest that will do");
  }
  SEINE_CHECK(PQsetnonblocking(connection, 1) == 0, "a connection can be non-blocking");
  co_return Result<void>();
}

// idle_in_transaction_session_timeout: should this process hang with a transaction open, the server
// takes the locks away from it.
Task<Result<void>> PostgresConnection::set_up() {
  auto done = co_await execute(
      "SELECT set_config('client_connection_check_interval', '1s', false),"
      " set_config('idle_in_transaction_session_timeout', '60s', false),"
      " set_config('TimeZone', 'UTC', false)",
      {});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

bool PostgresConnection::in_transaction() const {
  return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
}

// A server that went away has closed its end, and nothing else is sent to an idle connection but
// rare notices, which may wait.
bool PostgresConnection::alive() {
  if (busy_ || broken_ || PQstatus(connection_.get()) != CONNECTION_OK) return false;
  pollfd look{.fd = PQsocket(connection_.get()), .events = POLLRDHUP, .revents = 0};
  return ::poll(&look, 1, 0) == 0;
}

Task<Result<void>> PostgresConnection::reset() {
  if (busy_) co_return fail(ErrorCode::kCancelled, "a statement was left behind");
  auto done = co_await run("ROLLBACK", {});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

Task<Result<Rows>> PostgresConnection::run(std::string sql, Values values) {
  SEINE_CHECK(!busy_, "a connection runs one statement at a time");
  busy_ = true;
  auto rows = co_await execute(std::move(sql), std::move(values));
  busy_ = false;
  co_return rows;
}

Task<Result<Rows>> PostgresConnection::execute(std::string sql, Values values) {
  std::vector<TypeOid> types;
  std::vector<std::string> encoded;
  for (const Value& value : values) {
    types.push_back(oid_of(value));
    encoded.push_back(encode(value));
  }
  auto name = co_await prepare(std::move(sql), std::move(types));
  if (!name) co_return fail(std::move(name.error()));
  std::vector<const char*> bytes;
  std::vector<int> sizes;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool is_null = std::holds_alternative<Null>(values[i]);
    bytes.push_back(is_null ? nullptr : encoded[i].data());
    sizes.push_back(static_cast<int>(encoded[i].size()));
  }
  const std::vector<int> formats(values.size(), kBinary);
  if (PQsendQueryPrepared(connection_.get(), name->c_str(), static_cast<int>(values.size()),
                          bytes.data(), sizes.data(), formats.data(), kBinary) != 1) {
    co_return fail(lost());
  }
  // Row by row, so that a result over the limits is seen before it is in memory.
  PQsetSingleRowMode(connection_.get());
  co_return co_await collect();
}

Task<Result<std::string>> PostgresConnection::prepare(std::string sql, std::vector<TypeOid> types) {
  const auto found = std::find_if(prepared_.begin(), prepared_.end(), [&](const Prepared& known) {
    return known.sql == sql && known.types == types;
  });
  if (found != prepared_.end()) {
    prepared_.splice(prepared_.begin(), prepared_, found);
    co_return prepared_.front().name;
  }
  if (prepared_.size() >= limits_.max_prepared) {
    auto forgotten = co_await forget_oldest();
    if (!forgotten) co_return fail(std::move(forgotten.error()));
  }
  std::string name = "s" + std::to_string(next_name_++);
  if (PQsendPrepare(connection_.get(), name.c_str(), sql.c_str(), static_cast<int>(types.size()),
                    types.data()) != 1) {
    co_return fail(lost());
  }
  auto done = co_await collect();
  if (!done) co_return fail(std::move(done.error()));
  prepared_.push_front({std::move(sql), std::move(types), name});
  co_return name;
}

Task<Result<void>> PostgresConnection::forget_oldest() {
  const std::string text = "DEALLOCATE " + prepared_.back().name;
  prepared_.pop_back();
  if (PQsendQuery(connection_.get(), text.c_str()) != 1) co_return fail(lost());
  auto done = co_await collect();
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

Task<Result<void>> PostgresConnection::answer_ready() {
  for (;;) {
    const int unsent = PQflush(connection_.get());
    if (unsent < 0) co_return fail(lost());
    if (unsent == 0 && PQisBusy(connection_.get()) == 0) co_return Result<void>();
    // While it sends it reads as well, or both ends might wait for the other to read.
    const std::uint32_t wanted = unsent != 0 ? EPOLLIN | EPOLLOUT : EPOLLIN;
    auto is_ready = co_await ready(loop_, PQsocket(connection_.get()), wanted);
    if (!is_ready) co_return is_ready;
    if (PQconsumeInput(connection_.get()) != 1) co_return fail(lost());
  }
}

Task<Result<Rows>> PostgresConnection::collect() {
  Rows rows;
  ResultMeter meter(limits_);
  std::optional<Error> refused;
  for (;;) {
    auto is_ready = co_await answer_ready();
    if (!is_ready) co_return fail(refused ? *std::move(refused) : std::move(is_ready.error()));
    const Answer answer(PQgetResult(connection_.get()));
    if (!answer) break;
    switch (PQresultStatus(answer.get())) {
      case PGRES_SINGLE_TUPLE:
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
        if (auto taken = take_rows(answer.get(), rows, meter); !taken && !refused) {
          // The rest is not worth reading: the connection goes.
          broken_ = true;
          co_return fail(std::move(taken.error()));
        }
        break;
      case PGRES_COPY_IN:
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:
        broken_ = true;
        co_return fail(ErrorCode::kInvalidArgument, "COPY is not for this interface");
      default:
        if (!refused) refused = refusal(answer.get());
    }
  }
  if (refused) co_return fail(*std::move(refused));
  co_return rows;
}

Result<void> PostgresConnection::take_rows(const PGresult* answer, Rows& rows,
                                           ResultMeter& meter) const {
  const int columns = PQnfields(answer);
  if (rows.columns.empty()) {
    for (int i = 0; i < columns; ++i) rows.columns.emplace_back(PQfname(answer, i));
  }
  for (int i = 0; i < PQntuples(answer); ++i) {
    Values row;
    row.reserve(static_cast<std::size_t>(columns));
    for (int j = 0; j < columns; ++j) {
      if (PQgetisnull(answer, i, j) != 0) {
        row.emplace_back(Null{});
        continue;
      }
      const auto size = static_cast<std::size_t>(PQgetlength(answer, i, j));
      if (auto fits = meter.add_value(size); !fits) return fits;
      auto value = decode(PQftype(answer, j), {PQgetvalue(answer, i, j), size});
      if (!value) return fail(std::move(value.error()));
      row.push_back(*std::move(value));
    }
    if (auto fits = meter.add_row(); !fits) return fits;
    rows.rows.push_back(std::move(row));
  }
  // The count of a SELECT is that of its rows, which have not changed.
  const std::string_view command = PQcmdStatus(const_cast<PGresult*>(answer));
  if (command.starts_with("INSERT") || command.starts_with("UPDATE") ||
      command.starts_with("DELETE") || command.starts_with("MERGE")) {
    const char* count = PQcmdTuples(const_cast<PGresult*>(answer));
    std::from_chars(count, count + std::strlen(count), rows.changed);
  }
  return {};
}

Error PostgresConnection::refusal(const PGresult* answer) {
  const std::string_view state = field(answer, PG_DIAG_SQLSTATE);
  if (state.empty()) return lost();
  if (ends_connection(state)) broken_ = true;
  return postgres_error(state, field(answer, PG_DIAG_MESSAGE_PRIMARY));
}

Error PostgresConnection::lost() {
  broken_ = true;
  return make_error(ErrorCode::kUnavailable, "the connection to the database was lost: " +
                                                 one_line(PQerrorMessage(connection_.get())));
}

}  // namespace seine::sql
