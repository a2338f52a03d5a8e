// SPDX-License-Identifier: Apache-2.0
#include "sql/sqlite_connection.h"

#include <limits>
#include <utility>

#include "base/check.h"

namespace seine::sql {

using runtime::Task;

namespace {
// Those left behind and the one that ends them: the box is never full.
constexpr std::size_t kMaxAnswers = 16;
}  // namespace

SqliteConnection::SqliteConnection(runtime::EventLoop& loop, SqliteOptions options, Limits limits,
                                   bool may_create)
    : options_(std::move(options)),
      limits_(limits),
      may_create_(may_create),
      answers_(loop, kMaxAnswers),
      thread_([this] { serve(); }) {}

SqliteConnection::~SqliteConnection() {
  given_up_.store(std::numeric_limits<std::uint64_t>::max(), std::memory_order_relaxed);
  post({.number = asked_ + 1, .work = Work::kEnd});
  thread_.join();
}

Task<Result<void>> SqliteConnection::open() {
  auto opened = co_await ask(Work::kOpen, {}, {});
  if (!opened) co_return fail(std::move(opened.error()));
  co_return Result<void>();
}

Task<Result<Rows>> SqliteConnection::run(std::string sql, Values values) {
  SEINE_CHECK(!interrupted(), "a connection runs one statement at a time");
  co_return co_await ask(Work::kRun, std::move(sql), std::move(values));
}

Task<Result<void>> SqliteConnection::reset() {
  given_up_.store(asked_, std::memory_order_relaxed);
  auto done = co_await ask(Work::kRollBack, {}, {});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

Task<Result<Rows>> SqliteConnection::ask(Work work, std::string sql, Values values) {
  const std::uint64_t number = ++asked_;
  post({.number = number, .work = work, .sql = std::move(sql), .values = std::move(values)});
  for (;;) {
    for (Answer& answer : co_await answers_.receive()) {
      if (answer.number != number) continue;  // of a job that was given up
      answered_ = number;
      in_transaction_ = answer.in_transaction;
      alive_ = answer.alive;
      co_return std::move(answer.rows);
    }
  }
}

void SqliteConnection::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  posted_.notify_one();
}

SqliteConnection::Job SqliteConnection::next_job() {
  std::unique_lock lock(mutex_);
  posted_.wait(lock, [this] { return !jobs_.empty(); });
  Job job = std::move(jobs_.front());
  jobs_.erase(jobs_.begin());
  return job;
}

void SqliteConnection::serve() {
  std::unique_ptr<SqliteSession> session;
  for (;;) {
    Job job = next_job();
    if (job.work == Work::kEnd) return;
    current_ = job.number;
    answers_.post(perform(std::move(job), session));
  }
}

SqliteConnection::Answer SqliteConnection::perform(Job job,
                                                   std::unique_ptr<SqliteSession>& session) {
  Answer answer{.number = job.number};
  if (job.work == Work::kOpen) {
    auto opened = SqliteSession::open(options_, limits_, may_create_, [this] {
      return current_ <= given_up_.load(std::memory_order_relaxed);
    });
    if (opened) {
      session = *std::move(opened);
    } else {
      answer.rows = fail(std::move(opened.error()));
    }
  } else if (!session) {
    answer.rows = fail(ErrorCode::kUnavailable, "the database was not opened");
  } else if (!session->has_file()) {
    // What would be written now is in a file without a name.
    answer.rows = fail(ErrorCode::kUnavailable,
                       "database " + options_.path + " was removed or replaced; put it back");
    session->leave_files_alone();
    session.reset();
  } else if (job.work == Work::kRollBack) {
    if (auto done = session->roll_back(); !done) answer.rows = fail(std::move(done.error()));
  } else {
    answer.rows = session->run(job.sql, job.values);
  }
  answer.alive = session != nullptr;
  answer.in_transaction = session && session->in_transaction();
  return answer;
}

}  // namespace seine::sql
