// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/stream_position.h"

#include <algorithm>
#include <utility>

namespace seine::dive {

bool StreamPosition::take(std::string_view message_epoch, std::uint64_t message_sequence) {
  if (message_epoch != epoch) {
    if (std::ranges::find(former, message_epoch) != former.end()) return false;
    if (!epoch.empty()) {
      if (former.size() == kMaxFormer) former.erase(former.begin());
      former.push_back(std::move(epoch));
    }
    epoch = message_epoch;
    sequence = message_sequence;
    return true;
  }
  if (message_sequence <= sequence) return false;
  sequence = message_sequence;
  return true;
}

}  // namespace seine::dive
