// SPDX-License-Identifier: Apache-2.0
// How many bytes of buffers all loops of a process may hold together, and what is given up beyond.
//
// What is held is counted by the pools, without atomics, and told here in steps: the sum is right
// to within kStep for each loop, and who asks reads a flag that is written when it changes, no
// more. Nothing fails here for want of memory. Beyond the limit (is_over) whoever would take on
// more work refuses it; beyond a quarter more (is_far_over) work under way is given up, too, where
// it holds what nobody takes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace seine::runtime {

class ByteBudget {
 public:
  static constexpr std::size_t kStep = 256 * 1024;

  // What was given up: a label's value.
  enum class Shed : std::uint8_t {
    kRequest,     // a request, refused with an answer
    kConnection,  // raw bytes, refused with a reset
    kRetry,       // a request's body was not kept, so there was no other try
    kStream,      // a stream of HTTP/2 whose data nobody here takes
    kReader,      // a peer that does not take what waits for it: a connection, an answer of HTTP/2
  };
  static constexpr std::size_t kSheds = 5;
  static std::string_view shed_name(Shed what);

  // Zero: without limit.
  explicit ByteBudget(std::size_t limit);
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // Any thread, all of them.
  bool is_over() const { return state_.load(std::memory_order_relaxed) != State::kWithin; }
  bool is_far_over() const { return state_.load(std::memory_order_relaxed) == State::kFarOver; }
  std::size_t limit() const { return limit_; }
  // To within a step for each loop.
  std::size_t held() const;
  void count(Shed what) {
    sheds_[static_cast<std::size_t>(what)].fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t counted(Shed what) const {
    return sheds_[static_cast<std::size_t>(what)].load(std::memory_order_relaxed);
  }

  // What one loop holds; of that loop's thread. Without a budget it counts for itself.
  class Share {
   public:
    Share() = default;
    ~Share();
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Once, before anything is held. `budget` outlives it.
    void join(ByteBudget& budget) { budget_ = &budget; }
    ByteBudget* budget() const { return budget_; }
    void add(std::size_t bytes) {
      held_ += bytes;
      if (held_ >= told_ + kStep) tell();
    }
    void subtract(std::size_t bytes) {
      held_ -= bytes;
      // What is next to nothing is told as nothing.
      if (held_ + kStep <= told_ || (held_ == 0 && told_ != 0)) tell();
    }
    std::size_t held() const { return held_; }

   private:
    void tell();

    ByteBudget* budget_ = nullptr;
    std::size_t held_ = 0;
    std::size_t told_ = 0;
  };

  // Bytes that lie in no pool, for as long as it lives. Of the share's thread.
  class Charge {
   public:
    Charge(Share& share, std::size_t bytes) : share_(share), bytes_(bytes) { share.add(bytes); }
    ~Charge() { share_.subtract(bytes_); }
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;
    void set(std::size_t bytes) {
      share_.add(bytes);
      share_.subtract(bytes_);
      bytes_ = bytes;
    }
    ByteBudget* budget() const { return share_.budget(); }

   private:
    Share& share_;
    std::size_t bytes_;
  };

 private:
  enum class State : std::uint8_t { kWithin, kOver, kFarOver };
  void change(std::ptrdiff_t bytes);
  State state_of(std::size_t held) const;

  const std::size_t limit_;
  // Written by all loops: not on a line with what all of them read.
  alignas(64) std::atomic<std::ptrdiff_t> held_{0};
  alignas(64) std::atomic<State> state_{State::kWithin};
  alignas(64) std::array<std::atomic<std::uint64_t>, kSheds> sheds_{};
};

}  // namespace seine::runtime
