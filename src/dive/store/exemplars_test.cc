// SPDX-License-Identifier: Apache-2.0
#include "dive/store/exemplars.h"

#include <algorithm>

#include "gtest/gtest.h"

#include "dive/store/testing/store_world.h"

namespace seine::dive {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::add_row;
using testing::kNoon;

class ExemplarsTest : public testing::StoreTest {
 protected:
  // One bad request of /pay/N, `ago` before noon; N microseconds past it, so that each is kept.
  void fail_one(int n, Duration ago, Duration latency = milliseconds(40)) {
    const WallTime ended = kNoon - ago + microseconds(n);
    auto bucket = proxy_.bucket(kNoon - ago + std::chrono::seconds(10));
    auto& exemplar = *add_row(bucket, {.status = 503}).add_exemplars();
    testing::set_time(*exemplar.mutable_ended_at(), ended);
    exemplar.mutable_latency()->set_nanos(static_cast<std::int32_t>(latency.count()));
    exemplar.set_method("POST");
    exemplar.set_path("/pay/" + std::to_string(n));
    exemplar.set_trace_id("4bf92f35");
    exemplar.set_detail("no route to ledger");
    apply(agent_.message({bucket}));
  }
  std::vector<std::string> paths(std::vector<std::int64_t> series, WallTime from, WallTime to) {
    const auto found = real_.run(store_->counts().exemplars(cluster_, std::move(series), from, to));
    EXPECT_TRUE(found.has_value()) << found.error().to_string();
    std::vector<std::string> out;
    for (const KeptExemplar& each : *found) out.push_back(each.path);
    std::ranges::sort(out);
    return out;
  }
  std::int64_t only_series() {
    return ask({.ns = "shop",
                .name = "payments",
                .from = kNoon - std::chrono::hours(1),
                .to = kNoon})
        .series.at(0)
        .id;
  }

  testing::TestProxy proxy_;
  testing::TestAgent agent_;
};

TEST_F(ExemplarsTest, an_example_comes_back_as_it_was_told) {
  fail_one(1, minutes(5));
  const auto found =
      real_.run(store_->counts().exemplars(cluster_, {only_series()}, kNoon - minutes(10), kNoon));
  ASSERT_TRUE(found.has_value()) << found.error().to_string();
  ASSERT_EQ(found->size(), 1U);
  const KeptExemplar& example = found->at(0);
  EXPECT_EQ(example.series, only_series());
  EXPECT_EQ(example.ended_at, kNoon - minutes(5)) << "to the millisecond";
  EXPECT_EQ(example.latency, milliseconds(40));
  EXPECT_EQ(example.method, "POST");
  EXPECT_EQ(example.path, "/pay/1");
  EXPECT_EQ(example.trace_id, "4bf92f35");
  EXPECT_EQ(example.detail, "no route to ledger");
}

TEST_F(ExemplarsTest, only_those_of_the_series_and_of_the_span_come) {
  fail_one(1, minutes(70));
  fail_one(2, minutes(50));
  fail_one(3, minutes(10));
  const std::int64_t id = only_series();
  EXPECT_EQ(paths({id}, kNoon - minutes(60), kNoon),
            (std::vector<std::string>{"/pay/2", "/pay/3"}));
  EXPECT_EQ(paths({id}, kNoon - minutes(90), kNoon - minutes(50)),
            (std::vector<std::string>{"/pay/1", "/pay/2"}));
  EXPECT_EQ(paths({id}, kNoon - minutes(9), kNoon), (std::vector<std::string>{}));
  EXPECT_EQ(paths({id + 1}, kNoon - minutes(90), kNoon), (std::vector<std::string>{}));
  EXPECT_EQ(paths({}, kNoon - minutes(90), kNoon), (std::vector<std::string>{}));
}

TEST_F(ExemplarsTest, a_latency_that_is_none_is_not_shown_as_one) {
  fail_one(1, minutes(5), -milliseconds(1));
  const auto found =
      real_.run(store_->counts().exemplars(cluster_, {only_series()}, kNoon - minutes(10), kNoon));
  ASSERT_TRUE(found.has_value()) << found.error().to_string();
  EXPECT_EQ(found->at(0).latency, Duration::zero());
}

TEST_F(ExemplarsTest, one_that_is_damaged_is_an_error) {
  fail_one(1, minutes(5));
  const std::int64_t id = only_series();
  ASSERT_TRUE(real_
                  .run(store_->database().run("UPDATE exemplars SET exemplar = $1",
                                              {sql::Blob(3, std::byte{0xff})}))
                  .has_value());
  const auto found =
      real_.run(store_->counts().exemplars(cluster_, {id}, kNoon - minutes(10), kNoon));
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code, ErrorCode::kDatabaseCorrupt);
}

}  // namespace
}  // namespace seine::dive
