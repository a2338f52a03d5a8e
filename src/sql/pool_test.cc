// SPDX-License-Identifier: Apache-2.0
#include "sql/pool.h"

#include <vector>

#include "gtest/gtest.h"

#include "runtime/testing/test_loop.h"

namespace seine::sql {
namespace {

using runtime::Task;
using runtime::testing::TestLoop;
using std::chrono::milliseconds;
using std::chrono::seconds;

// What the fakes below do and what was done to them.
struct World {
  bool reachable = true;
  bool reset_works = true;
  bool alive = true;
  bool in_transaction = false;
  int attempts = 0;
  int resets = 0;
  int connections = 0;
};

class FakeConnection final : public Connection {
 public:
  explicit FakeConnection(World& world) : world_(world) { ++world_.connections; }
  ~FakeConnection() override { --world_.connections; }
  Task<Result<Rows>> run(std::string, Values) override { co_return Rows{}; }
  bool in_transaction() const override { return world_.in_transaction; }
  bool interrupted() const override { return false; }
  bool alive() override { return world_.alive; }
  Task<Result<void>> reset() override {
    ++world_.resets;
    world_.in_transaction = false;
    if (!world_.reset_works) co_return fail(ErrorCode::kUnavailable, "gone");
    co_return Result<void>();
  }

 private:
  World& world_;
};

class FakeConnector final : public Connector {
 public:
  explicit FakeConnector(World& world) : world_(world) {}
  Task<Result<std::unique_ptr<Connection>>> connect() override {
    ++world_.attempts;
    if (!world_.reachable) co_return fail(ErrorCode::kUnavailable, "nobody there");
    co_return std::unique_ptr<Connection>(std::make_unique<FakeConnection>(world_));
  }
  Task<Result<bool>> claim() override { co_return true; }
  Dialect dialect() const override { return Dialect::kPostgres; }
  std::size_t max_connections() const override { return 100; }

 private:
  World& world_;
};

Task<void> keep(Pool& pool, std::vector<Pool::Lease>& leases, std::vector<ErrorCode>& errors) {
  auto lease = co_await pool.acquire();
  if (lease) {
    leases.push_back(*std::move(lease));
  } else {
    errors.push_back(lease.error().code);
  }
}

class PoolTest : public ::testing::Test {
 protected:
  void want(int count = 1) {
    for (int i = 0; i < count; ++i) scope_.spawn(keep(pool_, leases_, errors_));
    t_.settle();
  }

  World world_;
  TestLoop t_;
  Pool pool_{t_.loop,
             std::make_unique<FakeConnector>(world_),
             {.max_waiting = 5,
              .max_connections = 2,
              .waiting_deadline = seconds(3),
              .away_deadline = seconds(1),
              .first_backoff = milliseconds(100),
              .last_backoff = milliseconds(800)}};
  std::vector<ErrorCode> errors_;
  std::vector<Pool::Lease> leases_;
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(PoolTest, connections_are_made_when_wanted_up_to_the_size_and_used_again) {
  want(1);
  EXPECT_EQ(world_.connections, 1);
  want(4);
  EXPECT_EQ(world_.connections, 2);
  EXPECT_EQ(leases_.size(), 2U);
  EXPECT_EQ(pool_.waiting(), 3U);
  leases_.clear();
  t_.settle();
  EXPECT_EQ(leases_.size(), 2U);
  EXPECT_EQ(world_.attempts, 2);
}

TEST_F(PoolTest, one_too_many_is_refused_and_one_too_long_as_well) {
  want(2);
  want(6);
  EXPECT_EQ(errors_, (std::vector{ErrorCode::kLimit}));
  t_.advance(seconds(4));
  EXPECT_EQ(errors_.size(), 6U);
  EXPECT_EQ(errors_.back(), ErrorCode::kTimeout);
  EXPECT_EQ(pool_.waiting(), 0U);
}

TEST_F(PoolTest, whoever_asks_a_database_that_is_known_to_be_away_is_told_sooner) {
  world_.reachable = false;
  want(1);
  t_.advance(milliseconds(2900));
  EXPECT_EQ(errors_.size(), 0U) << "it may have been a moment";
  t_.advance(milliseconds(200));
  EXPECT_EQ(errors_, (std::vector{ErrorCode::kUnavailable}));
  want(1);
  t_.advance(milliseconds(1100));
  EXPECT_EQ(errors_, (std::vector{ErrorCode::kUnavailable, ErrorCode::kUnavailable}));
}

TEST_F(PoolTest, a_database_that_is_away_is_tried_ever_more_rarely) {
  world_.reachable = false;
  want(1);
  EXPECT_EQ(world_.attempts, 1);
  t_.advance(seconds(4));
  EXPECT_EQ(errors_, (std::vector{ErrorCode::kUnavailable}));
  // At once, and after 100, 200, 400, 800, 800 ms, each up to a half longer, while somebody waits.
  EXPECT_GE(world_.attempts, 4);
  EXPECT_LE(world_.attempts, 6);
  const int before = world_.attempts;
  t_.advance(seconds(60));
  EXPECT_EQ(world_.attempts, before) << "nobody wants it";
  world_.reachable = true;
  want(1);
  EXPECT_EQ(leases_.size(), 1U);
}

TEST_F(PoolTest, an_open_transaction_is_ended_before_the_next_gets_the_connection) {
  want(2);
  world_.in_transaction = true;
  leases_.clear();
  t_.settle();
  EXPECT_GE(world_.resets, 1);
  EXPECT_EQ(pool_.connections(), 2U);
  world_.in_transaction = true;
  world_.reset_works = false;
  want(1);
  leases_.clear();
  t_.settle();
  EXPECT_EQ(pool_.connections(), 1U);
}

TEST_F(PoolTest, a_connection_that_died_in_the_pool_is_made_anew) {
  want(1);
  leases_.clear();
  world_.alive = false;
  want(1);
  EXPECT_EQ(leases_.size(), 1U);
  EXPECT_EQ(world_.attempts, 2);
  EXPECT_EQ(world_.connections, 1);
}

TEST_F(PoolTest, a_connection_given_to_one_who_dies_before_his_turn_goes_to_the_next) {
  want(2);
  std::vector<Pool::Lease> others;
  auto dying = std::make_unique<runtime::TaskScope>(t_.loop, [](Error) {});
  dying->spawn(keep(pool_, others, errors_));
  t_.settle();
  want(1);
  leases_.pop_back();
  dying.reset();
  t_.settle();
  EXPECT_TRUE(others.empty());
  EXPECT_EQ(leases_.size(), 2U);
}

}  // namespace
}  // namespace seine::sql
