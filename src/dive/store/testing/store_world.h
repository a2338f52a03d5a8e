// SPDX-License-Identifier: Apache-2.0
// A store of one test, on a database of its own, at a date that the test says.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "dive/store/store.h"
#include "dive/store/testing/messages.h"
#include "sql/testing/database_fixture.h"

namespace seine::dive::testing {

class StoreTest : public ::testing::Test {
 protected:
  StoreTest();

  // Closes the store, if it is open, and opens it on the same database.
  void open(Retention retention = {});
  void at(WallTime date) { real_.clock.set_date(date); }
  // Of what cannot fail in the test at hand.
  std::vector<MetricIngest::Outcome> apply(std::vector<::dive::v1::MetricMessage> messages);
  void apply(::dive::v1::MetricMessage message);
  void fold();
  void forget();
  CountAnswer ask(CountQuestion question);
  std::int64_t number(std::string sql);
  // Of all series and slots.
  static std::uint64_t requests_of(const CountAnswer& answer);
  // One line a series and slot: "in web->payments 200 12:00:10+10s 3", ascending.
  static std::vector<std::string> lines_of(const CountAnswer& answer);

  sql::testing::RealLoop real_;
  std::unique_ptr<sql::testing::DatabaseFixture> fixture_ = sql::testing::make_database_fixture();
  std::unique_ptr<Store> store_;
  std::int64_t cluster_ = 0;
};

}  // namespace seine::dive::testing
