// SPDX-License-Identifier: Apache-2.0
// A request's body that may be sent again: what of it was read is kept, up to a limit. Beyond that
// it goes on, but only once, and so it does while the process holds more than it may. One loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/body.h"
#include "runtime/byte_budget.h"

namespace seine::proxy {

class ReplayBuffer : public std::enable_shared_from_this<ReplayBuffer> {
 public:
  // `source` is not null. `on_overflow` is called once, when the limit is passed.
  // What is kept counts in `share`, which outlives it.
  ReplayBuffer(runtime::ByteBudget::Share& share, http::BodyPtr source, std::size_t limit,
               std::move_only_function<void()> on_overflow = nullptr)
      : source_(std::move(source)),
        length_(source_->length()),
        limit_(limit),
        on_overflow_(std::move(on_overflow)),
        charge_(share, 0) {}

  // From its first byte. CHECKs can_replay(). Readers given out before fail.
  http::BodyPtr reader();
  bool can_replay() const { return !overflowed_; }
  // It was given up because the process holds more than it may.
  bool is_shed() const { return shed_; }
  // The reader that is out fails: a connection may hold it for longer than anybody wants it.
  void abandon();
  // It will not be read again: nothing more is kept.
  void settle() { settled_ = true; }

 private:
  class Reader;
  void drop();

  http::BodyPtr source_;
  const std::optional<std::uint64_t> length_;
  const std::size_t limit_;
  std::move_only_function<void()> on_overflow_;
  std::string kept_;
  runtime::ByteBudget::Charge charge_;  // for it
  bool overflowed_ = false;
  bool shed_ = false;
  bool settled_ = false;
  std::uint32_t turn_ = 0;  // of the reader that counts
  runtime::WakeSlot reader_;
};

}  // namespace seine::proxy
