// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/dive_verbs.h"

namespace seine::cli {

Verbs make_dive_verbs() {
  Verbs verbs;
  verbs.push_back(make_group("dive", "the server that keeps objectives, events and counts",
                             "  seine dive status\n"
                             "  seine dive backup /safe/dive.backup"));
  verbs.push_back(make_dive_status());
  verbs.push_back(make_dive_backup());
  verbs.push_back(make_dive_restore());
  verbs.push_back(make_dive_join_token());
  return verbs;
}

}  // namespace seine::cli
