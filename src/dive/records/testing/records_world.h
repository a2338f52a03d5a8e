// SPDX-License-Identifier: Apache-2.0
// Records of one test, on a store of its own, with a sink that agents tell.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "dive/catalog/testing/agent_script.h"
#include "dive/records/records.h"
#include "dive/records/store_sink.h"
#include "dive/store/testing/store_world.h"

namespace seine::dive::testing {

class RecordsTest : public StoreTest {
 protected:
  RecordsTest();
  ~RecordsTest() override;

  // Closes store and records, and opens both on the same database.
  void reopen();
  // Of what cannot fail in the test at hand: nothing was refused.
  template <class Message>
  void tell(Message message) {
    for (const Applied& applied : tell_all(std::vector{std::move(message)})) {
      EXPECT_EQ(applied.refused, "");
    }
  }
  template <class Message>
  std::vector<Applied> tell_all(std::vector<Message> messages) {
    auto told = real_.run(sink_->add("demo", std::move(messages)));
    EXPECT_TRUE(told.has_value()) << told.error().to_string();
    return told.value_or(std::vector<Applied>());
  }
  const ClusterCatalog::State& catalog() { return records_->clusters().at("demo").catalog.state(); }
  void run(std::string sql);

  // The first that is added is made of it.
  ProcessEvent add(ProcessEvent event);
  EventAnswer find(EventQuestion question);
  std::vector<std::string> ids(const EventAnswer& answer);
  // Everything there is, a page after the other.
  std::vector<std::string> ids_by_pages(EventQuestion question);
  std::vector<WorkloadRollout> rollouts();

  std::unique_ptr<Records> records_;
  std::unique_ptr<StoreSink> sink_;
};

inline constexpr WallTime kAges = WallTime(std::chrono::hours(24 * 365 * 100));

// One that somebody told, which begins `minute` minutes after kStart, or is to.
ProcessEvent told_at(std::string title, double from, std::optional<double> to = std::nullopt);
ProcessEvent scheduled_at(std::string title, double from);
::dive::v1::AddEventRequest found_at(double at, std::uint64_t sequence, std::string id,
                                     std::string workload = {}, char epoch = 'e');
Objective objective_of(std::string name, std::string service = "payments");

}  // namespace seine::dive::testing
