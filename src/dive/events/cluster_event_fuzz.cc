// SPDX-License-Identifier: Apache-2.0
// What an agent says of an event is refused, or can be shown.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dive/events/event.h"
#include "dive/events/event_limits.h"
#include "dive/v1/cluster.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::dive;
  ::dive::v1::ClusterEvent message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto event = read_cluster_event(message);
  if (!event) return 0;
  const Event shown = show("home", *event);
  SEINE_CHECK(!shown.title.empty() && shown.title.size() <= kMaxEventTitle, "it has a title");
  SEINE_CHECK(check_target(shown.targets.front()).has_value(), "it is about something");
  return 0;
}
