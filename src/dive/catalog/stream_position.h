// SPDX-License-Identifier: Apache-2.0
// How far one stream of an agent has come: messages have sequences within an epoch, and after a cut
// they come again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seine::dive {

struct StreamPosition {
  // An agent begins an epoch at each start, and has messages of a quarter as many under way.
  static constexpr std::size_t kMaxFormer = 64;

  std::string epoch;  // empty: nothing has come
  std::uint64_t sequence = 0;
  std::vector<std::string> former;  // epochs that are over, at most kMaxFormer, the oldest first

  // Whether this message comes for the first time; then it is the last that came. One of an epoch
  // that is over was late, and what it told is told anew in the one that runs.
  bool take(std::string_view message_epoch, std::uint64_t message_sequence);

  friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};

}  // namespace seine::dive
