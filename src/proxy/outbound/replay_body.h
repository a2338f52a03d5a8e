// SPDX-License-Identifier: Apache-2.0
// A request's body that may be sent again: what of it was read is kept, up to a limit. Beyond that
// it goes on, but only once. One loop; of its readers the last one alone is read.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "http/body.h"

namespace seine::proxy {

class ReplayBuffer : public std::enable_shared_from_this<ReplayBuffer> {
 public:
  // `source` is not null.
  ReplayBuffer(http::BodyPtr source, std::size_t limit)
      : source_(std::move(source)), length_(source_->length()), limit_(limit) {}

  // From its first byte. Only where can_replay(), or the first time.
  http::BodyPtr reader();
  bool can_replay() const { return !overflowed_; }

 private:
  class Reader;

  http::BodyPtr source_;
  const std::optional<std::uint64_t> length_;
  const std::size_t limit_;
  std::string kept_;
  bool overflowed_ = false;
};

}  // namespace seine::proxy
