// SPDX-License-Identifier: Apache-2.0
#include "telemetry/recorder.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/dead_ledger.h"
#include "telemetry/latency_buckets.h"
#include "telemetry/seal.h"

namespace seine::telemetry {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

struct Lab {
  explicit Lab(std::size_t rows = 16, std::size_t lanes = 1) {
    auto made = Ledger::anonymous({.reporter = encode_reporter({.instance = std::string(16, 'i'),
                                                                .boot = std::string(16, 'b')}),
                                   .lanes = lanes,
                                   .rows = rows,
                                   .ring = 65536});
    ledger = std::move(*made);
    for (std::size_t i = 0; i < lanes; ++i) {
      recorders.push_back(std::make_unique<Recorder>(*ledger, i, clock));
      recorders.back()->rotate(1, clock.wall_now());
    }
  }
  // The bucket that has been counted so far, sealed and acknowledged.
  v1::Bucket bucket() {
    ++sequence;
    for (auto& recorder : recorders) recorder->rotate(sequence + 1, clock.wall_now());
    EXPECT_TRUE(seal(*ledger, sequence, {clock.wall_now(), 10s}));
    v1::Bucket out;
    EXPECT_TRUE(out.ParseFromString(ledger->oldest(1, 1)[0].bucket));
    EXPECT_EQ(out.sequence(), sequence);
    ledger->acknowledge(sequence);
    return out;
  }
  Recorder& recorder() { return *recorders[0]; }

  ManualClock clock;
  std::unique_ptr<Ledger> ledger;
  std::vector<std::unique_ptr<Recorder>> recorders;
  std::uint64_t sequence = 0;
};

const RowKey kKey{.direction = Direction::kOutbound,
                  .target = {.service = "payments", .ns = "shop", .port = 8080},
                  .route = "core/Service/payments",
                  .peer = {.ns = "shop",
                           .workload = "payments",
                           .workload_kind = "deployment",
                           .pod = "payments-1",
                           .version = "v2",
                           .identity = "payments.id"}};

std::uint64_t count_of(const v1::Bucket& bucket) {
  std::uint64_t total = 0;
  for (const auto& row : bucket.http()) total += row.count();
  for (const auto& row : bucket.http_overflow()) total += row.count();
  return total;
}

TEST(Recorder, a_row_has_its_key_its_count_and_its_latencies) {
  Lab lab;
  HttpRows rows(lab.recorder(), kKey);
  for (int i = 0; i < 3; ++i) rows.count({.http_status = 200}, 5ms, {"GET", "/a?secret=1", ""});
  rows.count({.http_status = 200}, 7ms, {"POST", "/b", "0af7"});
  const v1::Bucket bucket = lab.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  const v1::HttpRow& row = bucket.http(0);
  EXPECT_EQ(row.direction(), v1::OUTBOUND);
  EXPECT_EQ(row.target().service(), "payments");
  EXPECT_EQ(row.target().namespace_(), "shop");
  EXPECT_EQ(row.target().port(), 8080);
  EXPECT_EQ(row.route(), "core/Service/payments");
  EXPECT_EQ(row.peer().pod(), "payments-1");
  EXPECT_EQ(row.peer().version(), "v2");
  EXPECT_EQ(row.peer().identity(), "payments.id");
  EXPECT_EQ(row.http_status(), 200);
  EXPECT_EQ(row.grpc_status(), -1);
  EXPECT_EQ(row.cause(), "");
  EXPECT_EQ(row.count(), 4);
  EXPECT_THAT(row.latency().index(), ElementsAre(latency_bucket(5ms), latency_bucket(7ms)));
  EXPECT_THAT(row.latency().count(), ElementsAre(3, 1));
  EXPECT_EQ(row.latency().sum_microseconds(), 22'000);
  EXPECT_EQ(bucket.length().seconds(), 10);
}

TEST(Recorder, how_a_request_ended_is_part_of_the_key) {
  Lab lab;
  HttpRows rows(lab.recorder(), kKey);
  rows.count({.http_status = 200}, 1ms, {});
  rows.count({.http_status = 200, .grpc_status = 0}, 1ms, {});
  rows.count({.http_status = 503, .cause = "failfast"}, 1ms, {});
  rows.count({.http_status = 200, .excluded = true}, 1ms, {});
  rows.count({.http_status = 200, .upgraded = true}, 1ms, {});
  rows.count({.cause = kCancelled}, 1ms, {});
  EXPECT_EQ(lab.bucket().http_size(), 6);
}

TEST(Recorder, a_bucket_has_only_what_was_counted_in_it) {
  Lab lab;
  HttpRows rows(lab.recorder(), kKey);
  rows.count({.http_status = 200}, 1ms, {});
  EXPECT_EQ(count_of(lab.bucket()), 1);
  EXPECT_EQ(count_of(lab.bucket()), 0);
  rows.count({.http_status = 200}, 1ms, {});
  rows.count({.http_status = 200}, 1ms, {});
  EXPECT_EQ(count_of(lab.bucket()), 2);
}

TEST(Recorder, rows_of_the_same_key_are_one_whoever_counted_them) {
  Lab lab(16, 3);
  std::vector<std::unique_ptr<HttpRows>> rows;
  for (auto& recorder : lab.recorders) {
    rows.push_back(std::make_unique<HttpRows>(*recorder, kKey));
    rows.push_back(std::make_unique<HttpRows>(*recorder, kKey));
  }
  for (auto& each : rows) each->count({.http_status = 200}, 1ms, {});
  const v1::Bucket bucket = lab.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).count(), 6);
}

TEST(Recorder, rows_beyond_the_cap_are_folded_by_direction_and_the_total_stays_exact) {
  Lab lab(8);
  for (int i = 0; i < 20; ++i) {
    RowKey key = kKey;
    key.direction = i % 2 == 0 ? Direction::kInbound : Direction::kOutbound;
    key.route = "route-" + std::to_string(i);
    HttpRows rows(lab.recorder(), key);
    rows.count({.http_status = 200}, 1ms, {});
    rows.count({.http_status = 200}, 1ms, {});
  }
  const v1::Bucket bucket = lab.bucket();
  EXPECT_EQ(bucket.http_size(), 8);
  ASSERT_EQ(bucket.http_overflow_size(), 2);
  for (const v1::HttpRow& row : bucket.http_overflow()) {
    EXPECT_NE(row.direction(), v1::DIRECTION_UNSPECIFIED);
    EXPECT_EQ(row.count(), 12);
    EXPECT_EQ(row.route(), "");
  }
  EXPECT_EQ(count_of(bucket), 40);
  EXPECT_EQ(lab.ledger->folded(), 12);
}

TEST(Recorder, a_key_that_is_too_long_is_folded) {
  Lab lab;
  RowKey key = kKey;
  key.peer.identity.assign(2000, 'i');
  HttpRows(lab.recorder(), key).count({.http_status = 200}, 1ms, {});
  const v1::Bucket bucket = lab.bucket();
  EXPECT_EQ(bucket.http_size(), 0);
  EXPECT_EQ(count_of(bucket), 1);
}

TEST(Recorder, a_counter_that_is_full_goes_on_in_another_row) {
  Lab lab;
  HttpRows rows(lab.recorder(), kKey);
  rows.count({.http_status = 200}, 1ms, {});
  ledger::Slot& slot = lab.ledger->slots_of(0, 1)[0];
  slot.latency[latency_bucket(1ms)] = std::numeric_limits<std::uint32_t>::max();
  rows.count({.http_status = 200}, 1ms, {});
  rows.count({.http_status = 200}, 1ms, {});
  const v1::Bucket bucket = lab.bucket();
  ASSERT_EQ(bucket.http_size(), 1);
  EXPECT_EQ(bucket.http(0).count(), (1ULL << 32) + 1);
}

TEST(Recorder, exemplars_are_two_a_row_without_query_cut_and_printable) {
  Lab lab;
  HttpRows rows(lab.recorder(), kKey);
  const std::string path = "/\xff" + std::string(500, 'p') + "?token=x";
  for (int i = 0; i < 100; ++i) {
    rows.count({.http_status = 502, .cause = "eof"}, 3ms, {"PROPFINDPROPFIND", path, "cafe"},
               "eof: it closed");
  }
  const v1::Bucket bucket = lab.bucket();
  ASSERT_EQ(bucket.http(0).exemplars_size(), 2);
  const v1::Exemplar& exemplar = bucket.http(0).exemplars(0);
  EXPECT_EQ(exemplar.path(), "/?" + std::string(118, 'p'));
  EXPECT_EQ(exemplar.method(), "PROPFINDPRO");
  EXPECT_EQ(exemplar.trace_id(), "cafe");
  EXPECT_EQ(exemplar.detail(), "eof: it closed");
  EXPECT_EQ(exemplar.latency().nanos(), 3'000'000);
  EXPECT_EQ(exemplar.ended_at().seconds(), 1767225600);
}

TEST(Recorder, every_request_has_the_same_chance_to_be_an_exemplar) {
  Lab lab;
  HttpRows rows(lab.recorder(), kKey);
  int late = 0;
  for (int bucket = 0; bucket < 400; ++bucket) {
    for (int i = 0; i < 100; ++i) {
      rows.count({.http_status = 200}, 1ms, {"GET", i < 50 ? "/early" : "/late", ""});
    }
    const v1::Bucket sealed = lab.bucket();
    for (const auto& exemplar : sealed.http(0).exemplars()) late += exemplar.path() == "/late";
  }
  EXPECT_NEAR(late, 400, 60);  // of 800
}

TEST(Recorder, connections_are_counted_where_they_open_flow_and_close) {
  Lab lab;
  auto connection = std::make_unique<TcpConnection>(lab.recorder(), kKey);
  const TcpConnection other(lab.recorder(), kKey);
  connection->read(10);
  connection->written(3);
  v1::Bucket bucket = lab.bucket();
  ASSERT_EQ(bucket.tcp_size(), 1);
  EXPECT_EQ(bucket.tcp(0).opened(), 2);
  EXPECT_EQ(bucket.tcp(0).closed(), 0);
  EXPECT_EQ(bucket.tcp(0).read_bytes(), 10);
  EXPECT_EQ(bucket.tcp(0).written_bytes(), 3);
  EXPECT_EQ(bucket.tcp(0).open(), 2);

  bucket = lab.bucket();  // nothing happened: still open
  ASSERT_EQ(bucket.tcp_size(), 1);
  EXPECT_EQ(bucket.tcp(0).opened(), 0);
  EXPECT_EQ(bucket.tcp(0).open(), 2);

  connection->end("read");
  connection.reset();
  bucket = lab.bucket();
  ASSERT_EQ(bucket.tcp_size(), 2);
  for (const v1::TcpRow& row : bucket.tcp()) {
    EXPECT_EQ(row.closed(), row.cause() == "read" ? 1 : 0);
    EXPECT_EQ(row.open(), row.cause().empty() ? 1 : 0);
    EXPECT_EQ(row.target().service(), "payments");
  }
}

TEST(Recorder, open_connections_without_rows_of_their_own_add_up) {
  Lab lab(1);
  std::vector<std::unique_ptr<TcpConnection>> connections;
  for (int i = 0; i < 5; ++i) {
    RowKey key = kKey;
    key.target.port = static_cast<std::uint16_t>(i + 1);
    connections.push_back(std::make_unique<TcpConnection>(lab.recorder(), key));
  }
  for (int i = 0; i < 2; ++i) {
    const v1::Bucket bucket = lab.bucket();
    ASSERT_EQ(bucket.tcp_overflow_size(), 1);
    EXPECT_EQ(bucket.tcp_overflow(0).open(), 4);
    EXPECT_EQ(bucket.tcp(0).open(), 1);
  }
}

TEST(Recorder, open_connections_leave_half_of_the_rows_to_requests) {
  Lab lab(8);
  std::vector<std::unique_ptr<TcpConnection>> connections;
  for (int i = 0; i < 20; ++i) {
    RowKey key = kKey;
    key.target.port = static_cast<std::uint16_t>(i + 1);
    connections.push_back(std::make_unique<TcpConnection>(lab.recorder(), key));
  }
  lab.bucket();
  for (const char* route : {"first", "second"}) {
    RowKey key = kKey;
    key.route = route;
    HttpRows(lab.recorder(), key).count({.http_status = 200}, 1ms, {});
  }
  const v1::Bucket bucket = lab.bucket();
  EXPECT_EQ(bucket.http_size(), 2);
  EXPECT_EQ(bucket.http_overflow_size(), 0);
  std::uint64_t open = bucket.tcp_overflow(0).open();
  for (const v1::TcpRow& row : bucket.tcp()) open += row.open();
  EXPECT_EQ(open, 20);
}

TEST(Recorder, a_full_ring_keeps_the_bucket_where_it_was_counted_until_there_is_room) {
  Lab lab;
  HttpRows rows(lab.recorder(), kKey);
  ASSERT_TRUE(lab.ledger->append(1, std::string(lab.ledger->max_record(), 'x')));
  lab.recorder().rotate(2, lab.clock.wall_now());
  rows.count({.http_status = 200}, 1ms, {});
  lab.recorder().rotate(3, lab.clock.wall_now());
  EXPECT_FALSE(seal(*lab.ledger, 2, {lab.clock.wall_now(), 10s}));
  lab.ledger->acknowledge(1);
  EXPECT_TRUE(seal(*lab.ledger, 2, {lab.clock.wall_now(), 10s}));
  v1::Bucket bucket;
  ASSERT_TRUE(bucket.ParseFromString(lab.ledger->oldest(1, 1)[0].bucket));
  EXPECT_EQ(count_of(bucket), 1);
}

}  // namespace
}  // namespace seine::telemetry
