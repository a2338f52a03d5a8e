// SPDX-License-Identifier: Apache-2.0
#include "dive/events/cluster_event.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "base/shown_text.h"
#include "dive/catalog/cluster_news.h"
#include "dive/catalog/wire_time.h"
#include "dive/events/event_limits.h"
#include "dive/v1/cluster.pb.h"

namespace seine::dive {
namespace {

std::unexpected<Error> refuse(std::string sentence) {
  return fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

// Printable ASCII without blanks: it stands in addresses of pages.
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxEventId &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f' && c != '/'; });
}

// Words of lower case letters with dots or dashes between them.
bool is_kind(std::string_view text) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= kMaxEventKind && is_letter(text.front()) &&
         is_letter(text.back()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || c == '.' || c == '-'; });
}

}  // namespace

Result<ClusterEvent> read_cluster_event(const ::dive::v1::ClusterEvent& message) {
  if (!is_id(message.id())) {
    return refuse(
        fmt::format("the event's id has 1 to {} printable characters without blanks and "
                    "'/', and this is none",
                    kMaxEventId));
  }
  if (!is_kind(message.kind())) {
    return refuse(
        "the event's kind is none: write lower case words with dots, such as "
        "agent.started");
  }
  const auto at = wall_time_of(message.at());
  if (!message.has_at() || !at) return refuse("the event does not say when it happened");
  ClusterEvent event{.id = message.id(),
                     .kind = message.kind(),
                     .at = *at,
                     .workload = std::nullopt,
                     .summary = message.summary(),
                     .description = message.description()};
  if (message.has_workload()) {
    auto workload = read_name(message.workload());
    if (!workload) return fail(std::move(workload.error()));
    event.workload = std::move(*workload);
  }
  auto checked = check_shown_text("the event's summary", event.summary, {kMaxEventTitle});
  if (checked) {
    checked = check_shown_text("the event's description", event.description,
                               {kMaxEventDescription, /*has_lines=*/true, /*may_be_empty=*/true});
  }
  if (!checked) return fail(std::move(checked.error()));
  return event;
}

}  // namespace seine::dive
