// SPDX-License-Identifier: Apache-2.0
#include "runtime/stream_writer.h"

#include <array>
#include <string>

#include "gtest/gtest.h"

#include "runtime/testing/memory_stream.h"
#include "runtime/testing/test_loop.h"

namespace seine::runtime {
namespace {

using testing::MemoryStream;
using testing::TestLoop;

struct Counter final : Wakeable {
  void on_wake() override { ++wakes; }
  int wakes = 0;
};

struct Lab {
  TestLoop t;
  std::unique_ptr<MemoryStream> near, far;
  std::optional<StreamWriter> writer;

  explicit Lab(std::size_t capacity = 0) {
    std::tie(near, far) = MemoryStream::make_pair();
    near->capacity = capacity;
    writer.emplace(t.loop, *near);
  }
  void turn() { t.loop.run_turn(/*may_block=*/false); }
  // Takes what has arrived at the far end, which makes room.
  std::string take() {
    std::string text = far->unread();
    std::array<std::byte, 65536> buffer;
    for (std::size_t left = text.size(); left > 0;) left -= far->try_read(buffer).bytes;
    return text;
  }
  // Takes and turns until nothing more comes.
  std::string take_all() {
    std::string all;
    for (std::string part = take();; part = take()) {
      all += part;
      t.settle();
      if (far->unread().empty()) return all;
    }
  }
};

TEST(StreamWriter, sends_all_writes_of_a_turn_at_once) {
  Lab lab;
  for (int i = 0; i < 10; ++i) lab.writer->write("piece ");
  EXPECT_EQ(lab.near->writes, 0U);
  lab.turn();
  EXPECT_EQ(lab.near->writes, 1U);
  EXPECT_EQ(lab.far->unread().size(), 60U);
  EXPECT_EQ(lab.writer->sent(), 60U);
}

TEST(StreamWriter, sends_the_rest_in_order_as_the_peer_takes_it) {
  Lab lab(7);
  std::string sent;
  for (int i = 0; i < 40; ++i) {
    const std::string text = "line " + std::to_string(i) + "\n";
    lab.writer->write(text);
    sent += text;
  }
  lab.turn();
  EXPECT_EQ(lab.far->unread().size(), 7U);
  lab.writer->write("late");
  EXPECT_EQ(lab.take_all(), sent + "late");
  EXPECT_TRUE(lab.writer->idle());
}

TEST(StreamWriter, while_blocked_costs_no_turns) {
  Lab lab(4);
  lab.writer->write("0123456789");
  lab.t.settle();
  EXPECT_EQ(lab.near->writes, 1U);
  EXPECT_FALSE(lab.t.loop.run_turn(/*may_block=*/false));
}

TEST(StreamWriter, wakes_a_producer_below_the_low_water_mark_only) {
  Lab lab(1024);
  lab.writer->write(std::string(StreamWriter::kHighWater, 'x'));
  EXPECT_TRUE(lab.writer->full());
  Counter producer;
  lab.writer->arm_drained(producer);
  lab.turn();
  while (lab.writer->queued() >= StreamWriter::kLowWater) {
    EXPECT_EQ(producer.wakes, 0);
    lab.take();
    lab.turn();
  }
  EXPECT_EQ(producer.wakes, 1);
  lab.writer->arm_drained(producer);
  EXPECT_EQ(producer.wakes, 2);  // there is room: at once
}

TEST(StreamWriter, finish_shuts_down_behind_the_last_byte) {
  Lab lab(4);
  lab.writer->write("0123456789");
  lab.writer->finish();
  Counter waiter;
  lab.writer->arm_idle(waiter);
  lab.t.settle();
  EXPECT_FALSE(lab.far->peer_finished());
  EXPECT_EQ(waiter.wakes, 0);
  EXPECT_EQ(lab.take_all(), "0123456789");
  EXPECT_TRUE(lab.far->peer_finished());
  EXPECT_EQ(waiter.wakes, 1);
  EXPECT_TRUE(lab.writer->idle());
}

TEST(StreamWriter, finish_with_nothing_queued_shuts_down_at_the_end_of_the_turn) {
  Lab lab;
  lab.writer->finish();
  EXPECT_FALSE(lab.writer->idle());
  lab.turn();
  EXPECT_TRUE(lab.far->peer_finished());
  EXPECT_TRUE(lab.writer->idle());
}

TEST(StreamWriter, flush_sends_without_waiting_for_the_end_of_the_turn) {
  Lab lab;
  lab.writer->write("now");
  lab.writer->finish();
  lab.writer->flush();
  EXPECT_EQ(lab.far->unread(), "now");
  EXPECT_TRUE(lab.far->peer_finished());
}

TEST(StreamWriter, a_failure_wakes_everyone_and_drops_what_comes_after) {
  Lab lab(4);
  Counter producer, idler, watcher;
  lab.writer->write(std::string(StreamWriter::kHighWater, 'x'));
  lab.turn();
  lab.writer->arm_drained(producer);
  lab.writer->arm_idle(idler);
  lab.writer->arm_failed(watcher);
  lab.far->abort();
  lab.t.settle();
  EXPECT_TRUE(lab.writer->failed());
  EXPECT_EQ(producer.wakes, 1);
  EXPECT_EQ(idler.wakes, 1);
  EXPECT_EQ(watcher.wakes, 1);
  lab.writer->write("nobody takes this");
  lab.writer->finish();
  lab.t.settle();
  EXPECT_EQ(lab.writer->queued(), 0U);
  EXPECT_FALSE(lab.writer->idle());
}

TEST(StreamWriter, that_dies_with_output_left_leaves_the_loop_and_the_stream_in_peace) {
  Lab lab(4);
  lab.writer->write("0123456789");
  lab.turn();
  lab.writer->write("more");
  lab.writer.reset();
  lab.take();
  lab.t.settle();
  EXPECT_EQ(lab.far->unread(), "");
}

// Gives `total` bytes, stopping whenever the writer is full.
struct Generator final : StreamWriter::Source {
  Generator(StreamWriter& w, std::size_t n) : writer(w), left(n) {}
  bool fill() override {
    ++fills;
    while (left > 0 && !writer.full()) {
      const std::size_t n = std::min<std::size_t>(left, 5000);
      writer.write(std::string(n, static_cast<char>('a' + fills % 26)));
      left -= n;
    }
    return left > 0;
  }
  StreamWriter& writer;
  std::size_t left;
  int fills = 0;
};

TEST(StreamWriter, asks_its_source_once_in_a_turn_that_takes_all_it_has) {
  Lab lab;
  Generator source(*lab.writer, 20'000);
  lab.writer->set_source(&source);
  lab.writer->touch();
  EXPECT_FALSE(lab.writer->idle());
  lab.turn();
  EXPECT_EQ(source.fills, 1);
  EXPECT_EQ(lab.far->unread().size(), 20'000U);
  EXPECT_FALSE(lab.t.loop.run_turn(/*may_block=*/false));  // its writes call for no second turn
  EXPECT_TRUE(lab.writer->idle());
}

TEST(StreamWriter, a_source_without_end_leaves_the_loop_to_others_after_a_few_fills) {
  Lab lab;
  Generator source(*lab.writer, 100 << 20);
  lab.writer->set_source(&source);
  lab.writer->touch();
  lab.turn();
  EXPECT_LE(source.fills, 4);
  const int before = source.fills;
  lab.turn();
  EXPECT_GT(source.fills, before);
}

TEST(StreamWriter, a_source_is_asked_again_as_the_peer_takes_and_finish_waits_for_it) {
  Lab lab(3000);
  Generator source(*lab.writer, 400'000);
  lab.writer->set_source(&source);
  lab.writer->finish();
  lab.t.settle();
  EXPECT_LE(lab.writer->queued(), StreamWriter::kHighWater + 5000);
  EXPECT_EQ(lab.take_all().size(), 400'000U);
  EXPECT_EQ(source.left, 0U);
  EXPECT_TRUE(lab.far->peer_finished());
}

// Has nothing to give now and says so by touch(): it wants to be asked in the next turn.
struct Hesitant final : StreamWriter::Source {
  explicit Hesitant(StreamWriter& w) : writer(w) {}
  bool fill() override {
    if (++fills < 3) {
      writer.write("part ");
      writer.touch();
    }
    return false;
  }
  StreamWriter& writer;
  int fills = 0;
};

TEST(StreamWriter, a_source_that_touches_while_it_is_asked_is_asked_in_the_next_turn) {
  Lab lab;
  Hesitant source(*lab.writer);
  lab.writer->set_source(&source);
  lab.writer->touch();
  lab.turn();
  EXPECT_EQ(source.fills, 1);
  lab.t.settle();
  EXPECT_EQ(source.fills, 3);
  EXPECT_EQ(lab.far->unread(), "part part ");
}

TEST(StreamWriter, a_source_of_a_failed_stream_is_left_alone) {
  Lab lab(100);
  Generator source(*lab.writer, 400'000);
  lab.writer->set_source(&source);
  lab.writer->touch();
  lab.turn();
  lab.far->abort();
  lab.t.settle();
  const int fills = source.fills;
  lab.writer->touch();
  lab.t.settle();
  EXPECT_EQ(source.fills, fills);
  EXPECT_TRUE(lab.writer->failed());
}

}  // namespace
}  // namespace seine::runtime
