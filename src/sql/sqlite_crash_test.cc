// SPDX-License-Identifier: Apache-2.0
// What is left in the file when its process is killed, and what a disk without room does.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <string>

#include "gtest/gtest.h"

#include "base/descriptor.h"
#include "base/temporary_folder.h"
#include "sql/sqlite.h"
#include "sql/testing/real_loop.h"

namespace seine::sql {
namespace {

using runtime::Task;

constexpr int kRounds = 20;
constexpr int kHeardBeforeTheKill = 12;
// What the child that may not mount says.
constexpr int kMayNot = 77;

// Three rows a transaction, of which the last is `number`.
Task<Result<void>> commit_three(Database& database, std::int64_t number) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  for (std::int64_t i = number - 2; i <= number; ++i) {
    auto done =
        co_await (*transaction)->run("INSERT INTO t VALUES ($1, $2)", {i, Blob(900, std::byte{7})});
    if (!done) co_return fail(std::move(done.error()));
  }
  co_return co_await (*transaction)->commit();
}

Result<std::int64_t> last_of(testing::RealLoop& real, Database& database) {
  auto rows = real.run(database.run("SELECT count(*), coalesce(max(id), 0) FROM t"));
  if (!rows) return fail(rows.error());
  const auto count = get<std::int64_t>(rows->rows.at(0), 0);
  const auto last = get<std::int64_t>(rows->rows.at(0), 1);
  if (!count || !last || *count != *last) {
    return fail(ErrorCode::kInternal, "there are holes among the rows");
  }
  return *last;
}

// Commits on and on; says each number that is committed.
[[noreturn]] void commit_for_ever(const std::string& path, int heard) {
  testing::RealLoop real;
  auto database = real.run(open_sqlite(real.loop, {.path = path}, {}));
  if (!database) ::_exit(1);
  auto last = last_of(real, **database);
  for (std::int64_t number = last.value_or(0) + 3;; number += 3) {
    if (!real.run(commit_three(**database, number))) ::_exit(2);
    if (::write(heard, &number, sizeof number) != sizeof number) ::_exit(3);
  }
}

class SqliteCrashTest : public ::testing::Test {
 protected:
  // Kills a child that commits once it has told of `tells` commits; the last it told of.
  std::int64_t kill_after(int tells) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const Descriptor ours(ends[0]);
    Descriptor theirs(ends[1]);
    const pid_t child = ::fork();
    if (child == 0) commit_for_ever(path_, ends[1]);
    theirs.reset();
    std::int64_t number = 0, last = 0;
    for (int i = 0; i < tells; ++i) {
      if (::read(ours.get(), &number, sizeof number) != sizeof number) break;
      last = number;
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    // What it told while it was being killed.
    while (::read(ours.get(), &number, sizeof number) == sizeof number) last = number;
    return last;
  }

  TemporaryFolder folder_ = *TemporaryFolder::make("sql-crash");
  const std::string path_ = folder_.path() + "/test.db";
};

TEST_F(SqliteCrashTest, what_was_heard_to_be_committed_outlives_kill_9_and_nothing_is_half_there) {
  {
    testing::RealLoop real;
    auto database = real.run(open_sqlite(real.loop, {.path = path_}, {}));
    ASSERT_TRUE(database.has_value()) << database.error().to_string();
    const std::string table = "CREATE TABLE t (id BIGINT PRIMARY KEY, b BYTEA)";
    ASSERT_TRUE(real.run((*database)->run(table)).has_value());
  }
  for (int round = 0; round < kRounds; ++round) {
    const std::int64_t told = kill_after(1 + round % kHeardBeforeTheKill);
    testing::RealLoop real;
    auto database = real.run(open_sqlite(real.loop, {.path = path_}, {}));
    ASSERT_TRUE(database.has_value()) << database.error().to_string();
    const auto last = last_of(real, **database);
    ASSERT_TRUE(last.has_value()) << last.error().to_string();
    EXPECT_GE(*last, told);
    // One may have been committed and not told any more.
    EXPECT_LE(*last, told + 3);
    EXPECT_EQ(*last % 3, 0);
    auto checked = real.run((*database)->run("PRAGMA integrity_check"));
    ASSERT_TRUE(checked.has_value());
    EXPECT_EQ(checked->rows.at(0).at(0), Value("ok"));
  }
}

// In the child: 0 if a full disk is told, harms nothing, and is over once there is room.
int fill_a_disk(const std::string& folder) {
  if (::unshare(::getuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0) return kMayNot;
  ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  if (::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") != 0) return kMayNot;
  const std::string ballast = folder + "/ballast";
  const Descriptor other(::open(ballast.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  if (!other || ::posix_fallocate(other.get(), 0, 500 << 10) != 0) return 1;

  testing::RealLoop real;
  auto database = real.run(open_sqlite(real.loop, {.path = folder + "/test.db"}, {}));
  if (!database) return 2;
  if (!real.run((*database)->run("CREATE TABLE t (id BIGINT PRIMARY KEY, b BYTEA)"))) return 3;
  std::int64_t committed = 0;
  Result<void> done;
  while ((done = real.run(commit_three(**database, committed + 3))) && committed < 3000) {
    committed += 3;
  }
  if (done || done.error().code != ErrorCode::kDatabaseFull) return 4;
  if (last_of(real, **database).value_or(-1) != committed) return 5;
  if (::ftruncate(other.get(), 0) != 0) return 6;
  if (!real.run(commit_three(**database, committed + 3))) return 7;
  return last_of(real, **database).value_or(-1) == committed + 3 ? 0 : 8;
}

TEST_F(SqliteCrashTest, a_disk_without_room_is_told_and_what_was_committed_stays) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(fill_a_disk(folder_.path()));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kMayNot) GTEST_SKIP() << "no mount namespaces for this user";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace seine::sql
