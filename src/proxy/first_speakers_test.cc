// SPDX-License-Identifier: Apache-2.0
#include "proxy/first_speakers.h"

#include "gtest/gtest.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;
using Habit = FirstSpeakers::Habit;

const SocketAddr kMysql = SocketAddr::parse("10.0.0.1:3306").value();
const SocketAddr kOtherPort = SocketAddr::parse("10.0.0.1:80").value();
constexpr TimePoint kNow{1000s};

TEST(FirstSpeakers, know_what_was_noted_of_this_address_and_port_alone) {
  FirstSpeakers speakers;
  EXPECT_EQ(speakers.of(kMysql, kNow), Habit::kUnknown);
  EXPECT_TRUE(speakers.note(kMysql, Habit::kServer, kNow));
  EXPECT_FALSE(speakers.note(kMysql, Habit::kServer, kNow));
  EXPECT_EQ(speakers.of(kMysql, kNow), Habit::kServer);
  EXPECT_EQ(speakers.of(kOtherPort, kNow), Habit::kUnknown);
  EXPECT_TRUE(speakers.note(kMysql, Habit::kClient, kNow));
  EXPECT_EQ(speakers.of(kMysql, kNow), Habit::kClient);
}

TEST(FirstSpeakers, forget_on_demand_and_what_nothing_confirms) {
  FirstSpeakers speakers;
  speakers.note(kMysql, Habit::kServer, kNow);
  speakers.note(kMysql, Habit::kUnknown, kNow);
  EXPECT_EQ(speakers.of(kMysql, kNow), Habit::kUnknown);

  speakers.note(kMysql, Habit::kServer, kNow);
  EXPECT_EQ(speakers.of(kMysql, kNow + 599s), Habit::kServer);
  EXPECT_EQ(speakers.of(kMysql, kNow + 600s), Habit::kUnknown);
  speakers.note(kMysql, Habit::kServer, kNow);
  speakers.note(kMysql, Habit::kServer, kNow + 400s);  // confirmed
  EXPECT_EQ(speakers.of(kMysql, kNow + 900s), Habit::kServer);
}

TEST(FirstSpeakers, are_bounded_whoever_comes) {
  FirstSpeakers speakers;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    speakers.note({IpAddress::v4(0x0A000000U + i), 80}, Habit::kServer, kNow);
  }
  std::size_t known = 0;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    if (speakers.of({IpAddress::v4(0x0A000000U + i), 80}, kNow) == Habit::kServer) ++known;
  }
  EXPECT_LE(known, FirstSpeakers::kSlots + 4);  // two hashes may be one
  EXPECT_GE(known, FirstSpeakers::kSlots / 2);
}

TEST(FirstSpeakers, keep_a_server_s_slot_from_addresses_whose_clients_speak) {
  FirstSpeakers speakers;
  speakers.note(kMysql, Habit::kServer, kNow);
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    speakers.note({IpAddress::v4(0x0B000000U + i), 80}, Habit::kClient, kNow);
  }
  EXPECT_EQ(speakers.of(kMysql, kNow), Habit::kServer);
  speakers.note(kMysql, Habit::kClient, kNow);  // its own
  EXPECT_EQ(speakers.of(kMysql, kNow), Habit::kClient);
}

}  // namespace
}  // namespace seine::proxy
