// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/event_verbs.h"

namespace seine::cli {
namespace {

constexpr char kNotes[] =
    "What happened, happens or will: rollouts, which Dive finds, and what people tell.\n"
    "Charts show them beside the requests.\n"
    "\n"
    "  seine event add \"Deploy payments from staging to QA\" --about svc/payments -n shop\n"
    "  seine event list --last 24h";

}  // namespace

Verbs make_event_verbs() {
  Verbs verbs;
  verbs.push_back(make_group("event", "what was done to services, and when", kNotes));
  verbs.push_back(make_event_list());
  verbs.push_back(make_event_show());
  verbs.push_back(make_event_add());
  verbs.push_back(make_event_start());
  verbs.push_back(make_event_conclude());
  verbs.push_back(make_event_comment());
  return verbs;
}

}  // namespace seine::cli
