// SPDX-License-Identifier: Apache-2.0
// SQLite from a loop: jobs go to its thread one at a time, answers come back by Mailbox.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/mailbox.h"
#include "sql/connection.h"
#include "sql/sqlite_session.h"

namespace seine::sql {

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(runtime::EventLoop& loop, SqliteOptions options, Limits limits, bool may_create);
  // Gives up what runs and waits for the thread, which asks every few microseconds or, while it
  // waits for another process, milliseconds; a write to the disk under way is waited for.
  ~SqliteConnection() override;

  // First of all, and once.
  runtime::Task<Result<void>> open();

  runtime::Task<Result<Rows>> run(std::string sql, Values values) override;
  bool in_transaction() const override { return in_transaction_; }
  bool interrupted() const override { return asked_ != answered_; }
  bool alive() override { return alive_; }
  runtime::Task<Result<void>> reset() override;

 private:
  enum class Work : std::uint8_t { kOpen, kRun, kRollBack, kEnd };
  struct Job {
    std::uint64_t number = 0;
    Work work = Work::kEnd;
    std::string sql;
    Values values;
  };
  struct Answer {
    std::uint64_t number = 0;
    Result<Rows> rows;
    bool in_transaction = false;
    bool alive = true;
  };

  runtime::Task<Result<Rows>> ask(Work work, std::string sql, Values values);
  void post(Job job);
  // The thread's.
  void serve();
  Job next_job();
  Answer perform(Job job, std::unique_ptr<SqliteSession>& session);

  const SqliteOptions options_;
  const Limits limits_;
  const bool may_create_;
  bool alive_ = true;
  bool in_transaction_ = false;
  std::uint64_t asked_ = 0;     // the number of the last job
  std::uint64_t answered_ = 0;  // and of the last whose answer was seen
  // Jobs up to this number are wanted by nobody.
  std::atomic<std::uint64_t> given_up_{0};
  std::uint64_t current_ = 0;  // the thread's
  runtime::Mailbox<Answer> answers_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::vector<Job> jobs_;
  std::thread thread_;
};

}  // namespace seine::sql
