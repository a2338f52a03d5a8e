// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/objective_verbs.h"

namespace seine::cli {
namespace {

constexpr char kNotes[] =
    "An objective says which share of requests is to succeed, or to be answered in\n"
    "time, over a window: what may fail is its error budget.\n"
    "\n"
    "  seine objective propose svc/payments -n shop\n"
    "  seine objective set svc/payments -n shop --success 99% --window 7d\n"
    "  seine objective show shop-payments-success-7d";

}  // namespace

Verbs make_objective_verbs() {
  Verbs verbs;
  verbs.push_back(
      make_group("objective", "promises of services, and what is left of them", kNotes));
  verbs.push_back(make_objective_list());
  verbs.push_back(make_objective_show());
  verbs.push_back(make_objective_propose());
  verbs.push_back(make_objective_set());
  verbs.push_back(make_objective_remove());
  verbs.push_back(make_objective_apply());
  verbs.push_back(make_objective_export());
  return verbs;
}

}  // namespace seine::cli
