// SPDX-License-Identifier: Apache-2.0
#include "dive/api/agent_streams.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "runtime/task_scope.h"
#include "runtime/testing/test_loop.h"

namespace seine::dive {
namespace {

class AgentStreamsTest : public ::testing::Test {
 protected:
  struct Stream {
    Stream(AgentStreamsTest& test, std::string cluster, std::string method)
        : place(test.streams_, std::move(cluster), std::move(method)),
          scope(test.t_.loop, [](Error) {}) {
      scope.spawn(watch(*this));
    }
    static runtime::Task<void> watch(Stream& self) {
      co_await self.place.until_taken();
      self.is_taken = true;
    }
    AgentStreams::Place place;
    bool is_taken = false;
    runtime::TaskScope scope;
  };

  runtime::testing::TestLoop t_;
  AgentStreams streams_{t_.loop};
};

TEST_F(AgentStreamsTest, end_the_oldest_of_a_cluster_and_method_for_one_too_many) {
  std::optional<Stream> first(std::in_place, *this, "a", "AddMetric");
  Stream second(*this, "a", "AddMetric");
  Stream of_other_method(*this, "a", "ServiceStream");
  Stream of_other_cluster(*this, "b", "AddMetric");
  t_.settle();
  EXPECT_FALSE(first->is_taken);
  Stream third(*this, "a", "AddMetric");
  t_.settle();
  EXPECT_TRUE(first->is_taken);
  EXPECT_FALSE(second.is_taken || third.is_taken);
  EXPECT_FALSE(of_other_method.is_taken || of_other_cluster.is_taken);
  first.reset();
  EXPECT_EQ(streams_.size(), 4u);
}

TEST_F(AgentStreamsTest, have_the_places_of_those_that_have_ended) {
  Stream first(*this, "a", "AddMetric");
  for (int i = 0; i < 10; ++i) Stream(*this, "a", "AddMetric");
  t_.settle();
  EXPECT_FALSE(first.is_taken);
  EXPECT_EQ(streams_.size(), 1u);
}

}  // namespace
}  // namespace seine::dive
