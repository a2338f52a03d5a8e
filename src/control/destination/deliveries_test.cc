// SPDX-License-Identifier: Apache-2.0
#include "control/destination/deliveries.h"

#include <gtest/gtest.h>

#include <optional>

#include "runtime/testing/test_loop.h"

namespace seine::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

IpAddress ip(std::uint32_t n) {
  return IpAddress::v4(0x0a000000 + n);
}

std::shared_ptr<const EndpointSet> set_of(std::vector<std::uint32_t> ips) {
  auto set = std::make_shared<EndpointSet>();
  set->exists = true;
  for (const std::uint32_t n : ips) {
    const SocketAddr addr{ip(n), 8080};
    set->endpoints.emplace(addr, model::Endpoint{.addr = addr});
  }
  return set;
}

class DeliveriesTest : public ::testing::Test {
 protected:
  // What wait_until_unknown() says of address 1; nothing while it waits.
  std::optional<std::size_t>& wait(Duration limit = seconds(5)) {
    scope_.spawn(store(deliveries_.wait_until_unknown(t_.loop, ips_, limit), waited_));
    t_.settle();
    return waited_;
  }
  static runtime::Task<void> store(runtime::Task<std::size_t> task,
                                   std::optional<std::size_t>& out) {
    out = co_await std::move(task);
  }

  runtime::testing::TestLoop t_;
  const std::vector<IpAddress> ips_{ip(1)};
  Deliveries deliveries_;
  std::optional<std::size_t> waited_;
  runtime::TaskScope scope_{t_.loop, [](Error) {}};
};

TEST_F(DeliveriesTest, wait_for_nobody_where_nobody_knows) {
  Deliveries::Stream stream(deliveries_);
  stream.begin(set_of({2, 3}));
  stream.finish();
  EXPECT_EQ(wait(), 0u);
}

TEST_F(DeliveriesTest, wait_until_the_removal_has_been_written) {
  Deliveries::Stream stream(deliveries_);
  stream.begin(set_of({1, 2}));
  stream.finish();
  std::optional<std::size_t>& waited = wait();
  EXPECT_FALSE(waited);
  stream.begin(set_of({2}));
  t_.settle();
  EXPECT_FALSE(waited) << "it is being written, so the caller may still go there";
  stream.finish();
  t_.settle();
  EXPECT_EQ(waited, 0u);
}

TEST_F(DeliveriesTest, count_a_caller_that_is_just_being_told_of_the_address) {
  Deliveries::Stream stream(deliveries_);
  stream.begin(set_of({1}));
  EXPECT_EQ(deliveries_.count_knowing(ips_), 1u);
}

TEST_F(DeliveriesTest, wait_no_longer_for_a_caller_that_has_gone) {
  std::optional<Deliveries::Stream> stream(std::in_place, deliveries_);
  stream->begin(set_of({1}));
  stream->finish();
  std::optional<std::size_t>& waited = wait();
  EXPECT_FALSE(waited);
  stream.reset();
  t_.settle();
  EXPECT_EQ(waited, 0u);
}

TEST_F(DeliveriesTest, give_up_after_a_while_and_say_how_many_were_not_told) {
  Deliveries::Stream slow(deliveries_);
  slow.begin(set_of({1}));
  Deliveries::Stream slower(deliveries_);
  slower.begin(set_of({1}));
  std::optional<std::size_t>& waited = wait(seconds(5));
  t_.advance(seconds(5) - milliseconds(10));
  EXPECT_FALSE(waited);
  t_.advance(milliseconds(20));
  EXPECT_EQ(waited, 2u);
}

}  // namespace
}  // namespace seine::control
