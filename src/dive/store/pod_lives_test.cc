// SPDX-License-Identifier: Apache-2.0
#include "gtest/gtest.h"

#include "dive/store/pods.h"
#include "dive/store/testing/store_world.h"

namespace seine::dive {
namespace {

using runtime::Task;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::kNoon;

Task<Result<void>> tell_and_commit(sql::Database& database, std::int64_t cluster,
                                   std::vector<LivingPod> pods, WallTime at) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto told = co_await tell_pods(**transaction, cluster,
                                 {.ns = "shop", .kind = "deployment", .name = "payments"},
                                 std::move(pods), at);
  if (!told) co_return told;
  co_return co_await (*transaction)->commit();
}

class PodLivesTest : public testing::StoreTest {
 protected:
  void tell(std::vector<LivingPod> pods, WallTime date) {
    const auto told =
        real_.run(tell_and_commit(store_->database(), cluster_, std::move(pods), date));
    ASSERT_TRUE(told.has_value()) << told.error().to_string();
  }
  // Of payments, from ten minutes before noon to noon; one row makes it appear.
  std::vector<CoveredSlot> covered() {
    testing::TestProxy proxy{.boot = static_cast<char>('A' + asked_++)};
    auto bucket = proxy.bucket(kNoon);
    testing::add_row(bucket, {});
    apply(agent_.message({bucket}));
    const CountAnswer answer =
        ask({.ns = "shop", .name = "payments", .from = kNoon - minutes(10), .to = kNoon});
    return answer.covered.empty() ? std::vector<CoveredSlot>{} : answer.covered[0].slots;
  }
  Duration expected() {
    Duration sum{};
    for (const CoveredSlot& slot : covered()) sum += slot.expected;
    return sum;
  }

  testing::TestAgent agent_;
  int asked_ = 0;
};

TEST_F(PodLivesTest, a_pod_should_be_measured_from_its_first_lease_until_it_has_gone) {
  tell({{"p-1", kNoon - minutes(4)}, {"p-2", kNoon - hours(1)}}, kNoon - minutes(4));
  EXPECT_EQ(expected(), minutes(4) - seconds(10) + minutes(10));
  tell({{"p-1", kNoon - minutes(4)}}, kNoon - minutes(3));
  EXPECT_EQ(expected(), minutes(4) - seconds(10) + minutes(7) - seconds(10));
  tell({}, kNoon - minutes(1));
  EXPECT_EQ(expected(), minutes(3) - seconds(20) + minutes(7) - seconds(10));
}

TEST_F(PodLivesTest, of_a_pod_that_lived_for_some_seconds_nothing_is_missing) {
  tell({{"p-1", kNoon - seconds(57)}}, kNoon - seconds(57));
  tell({}, kNoon - seconds(38));
  EXPECT_EQ(expected(), seconds(0));
  tell({{"p-2", kNoon - seconds(57)}}, kNoon - seconds(57));
  tell({}, kNoon - seconds(34));
  EXPECT_EQ(expected(), seconds(10)) << "the bucket in which it lived from the first to the last";
}

TEST_F(PodLivesTest, telling_it_again_changes_nothing) {
  for (int i = 0; i < 3; ++i) tell({{"p-1", kNoon - minutes(4)}}, kNoon - minutes(4 - i));
  EXPECT_EQ(expected(), minutes(4) - seconds(10));
}

TEST_F(PodLivesTest, a_pod_of_the_same_name_lives_again) {
  tell({{"p-1", kNoon - minutes(4)}}, kNoon - minutes(4));
  tell({{"p-1", kNoon - minutes(2)}}, kNoon - minutes(2));
  EXPECT_EQ(expected(), minutes(2) - seconds(20) + minutes(2) - seconds(10));
  EXPECT_EQ(number("SELECT count(*) FROM pods"), 2);
}

TEST_F(PodLivesTest, slots_in_which_nothing_was_measured_are_told_if_it_should_have_been) {
  tell({{"p-1", kNoon - seconds(35)}}, kNoon);
  const auto slots = covered();
  ASSERT_EQ(slots.size(), 3U);
  EXPECT_EQ(slots[0].expected, seconds(10));
  EXPECT_EQ(slots[0].measured, seconds(0));
  EXPECT_EQ(slots[2].expected, seconds(10));
  EXPECT_EQ(slots[2].measured, seconds(10));
}

}  // namespace
}  // namespace seine::dive
