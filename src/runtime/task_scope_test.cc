// SPDX-License-Identifier: Apache-2.0
#include "runtime/task_scope.h"

#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "runtime/combine.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using std::chrono::seconds;
using testing::TestLoop;

struct Alive {
  explicit Alive(int& n) : count(n) { ++count; }
  Alive(Alive&& other) noexcept : count(other.count) { ++count; }
  Alive& operator=(Alive&&) = delete;
  ~Alive() { --count; }
  int& count;
};

Task<Result<void>> failing(EventLoop& loop, Duration after, Alive argument) {
  co_await sleep_for(loop, after);
  (void)argument;
  co_return fail(ErrorCode::kRead, "no luck");
}

Task<void> sleeping(EventLoop& loop, Duration after, Alive argument) {
  co_await sleep_for(loop, after);
  (void)argument;
}

Task<void> joined(TaskScope& scope, bool& done) {
  co_await scope.join();
  done = true;
}

TEST(TaskScope, hears_of_errors_once_the_task_is_gone) {
  TestLoop t;
  int alive = 0;
  std::vector<std::string> errors;
  TaskScope scope(t.loop, [&](Error error) {
    EXPECT_EQ(alive, 0);
    errors.push_back(error.message);
  });
  scope.spawn(failing(t.loop, seconds(1), Alive(alive)));
  EXPECT_EQ(scope.size(), 1U);
  t.advance(seconds(1));
  EXPECT_EQ(errors, std::vector<std::string>{"no luck"});
  EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScope, starts_nothing_before_the_loop_looks_at_its_queue) {
  TestLoop t;
  bool ran = false;
  struct Local {
    static Task<void> mark(bool& flag) {
      flag = true;
      co_return;
    }
  };
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(Local::mark(ran));
  EXPECT_FALSE(ran);
  t.settle();
  EXPECT_TRUE(ran);
}

TEST(TaskScope, cancels_what_has_not_started_and_what_waits) {
  TestLoop t;
  int alive = 0;
  TaskScope scope(t.loop, [](Error) { FAIL() << "a cancelled task reports nothing"; });
  scope.spawn(sleeping(t.loop, seconds(1), Alive(alive)));
  t.settle();
  scope.spawn(failing(t.loop, seconds(1), Alive(alive)));
  EXPECT_EQ(alive, 2);
  scope.cancel();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(scope.size(), 0U);
  t.advance(seconds(2));
  scope.spawn(sleeping(t.loop, seconds(1), Alive(alive)));  // it is as good as new
  t.advance(seconds(2));
  EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScope, an_error_may_cancel_the_rest) {
  TestLoop t;
  int alive = 0;
  TaskScope* self = nullptr;
  TaskScope scope(t.loop, [&](Error) { self->cancel(); });
  self = &scope;
  for (int i = 0; i < 3; ++i) scope.spawn(sleeping(t.loop, seconds(9), Alive(alive)));
  scope.spawn(failing(t.loop, seconds(1), Alive(alive)));
  t.advance(seconds(2));
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScope, an_error_may_start_the_work_anew) {
  TestLoop t;
  int alive = 0;
  int errors = 0;
  TaskScope* self = nullptr;
  TaskScope scope(t.loop, [&](Error) {
    if (++errors < 3) self->spawn(failing(t.loop, seconds(1), Alive(alive)));
  });
  self = &scope;
  scope.spawn(failing(t.loop, seconds(1), Alive(alive)));
  bool done = false;
  TaskScope waiter(t.loop, [](Error) {});
  waiter.spawn(joined(scope, done));
  t.advance(seconds(2));
  EXPECT_FALSE(done);
  t.advance(seconds(5));
  EXPECT_EQ(errors, 3);
  EXPECT_TRUE(done);
}

// Spawns into the scope when it dies, as a connection that reports its end might.
struct SpawnsOnDeath {
  TaskScope* scope;
  EventLoop* loop;
  int* alive;
  SpawnsOnDeath(TaskScope* s, EventLoop* l, int* n) : scope(s), loop(l), alive(n) {}
  SpawnsOnDeath(SpawnsOnDeath&& o) noexcept
      : scope(std::exchange(o.scope, nullptr)), loop(o.loop), alive(o.alive) {}
  SpawnsOnDeath& operator=(SpawnsOnDeath&&) = delete;
  ~SpawnsOnDeath() {
    if (scope != nullptr) scope->spawn(sleeping(*loop, seconds(1), Alive(*alive)));
  }
};

Task<void> leaving(EventLoop& loop, SpawnsOnDeath last) {
  co_await sleep_for(loop, seconds(1));
  (void)last;
}

TEST(TaskScope, cancel_also_ends_what_dying_tasks_start) {
  TestLoop t;
  int alive = 0;
  {
    TaskScope scope(t.loop, [](Error) {});
    scope.spawn(leaving(t.loop, SpawnsOnDeath(&scope, &t.loop, &alive)));
    t.settle();
    scope.cancel();
    EXPECT_EQ(scope.size(), 0U);
    EXPECT_EQ(alive, 0);
  }
}

TEST(TaskScope, a_task_that_starts_another_as_it_ends_keeps_the_scope_busy) {
  TestLoop t;
  int alive = 0;
  TaskScope scope(t.loop, [](Error) {});
  scope.spawn(leaving(t.loop, SpawnsOnDeath(&scope, &t.loop, &alive)));
  t.advance(seconds(1));
  EXPECT_EQ(scope.size(), 1U);
  t.advance(seconds(2));
  EXPECT_EQ(scope.size(), 0U);
}

TEST(TaskScope, join_waits_for_the_last_task) {
  TestLoop t;
  int alive = 0;
  bool done = false;
  TaskScope scope(t.loop, [](Error) {});
  TaskScope waiter(t.loop, [](Error) {});
  scope.spawn(sleeping(t.loop, seconds(1), Alive(alive)));
  scope.spawn(sleeping(t.loop, seconds(2), Alive(alive)));
  waiter.spawn(joined(scope, done));
  t.advance(seconds(1));
  EXPECT_FALSE(done);
  t.advance(seconds(2));
  EXPECT_TRUE(done);
}

TEST(TaskScope, join_of_an_empty_scope_and_of_a_cancelled_one_is_done) {
  TestLoop t;
  int alive = 0;
  bool done = false;
  TaskScope scope(t.loop, [](Error) {});
  t.run(scope.join());
  TaskScope waiter(t.loop, [](Error) {});
  scope.spawn(sleeping(t.loop, seconds(9), Alive(alive)));
  waiter.spawn(joined(scope, done));
  t.settle();
  EXPECT_FALSE(done);
  scope.cancel();
  t.settle();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace seine::runtime
