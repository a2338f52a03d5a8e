// SPDX-License-Identifier: Apache-2.0
// An objective as it is written on a command line, and as Dive takes it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/flags.h"

namespace seine::cli {

// What may be objected to or proposed: the flags of `objective set` and `objective propose`.
struct ObjectiveDraft {
  std::string target;  // "svc/payments"
  std::string ns;
  std::string success;
  std::string latency;
  std::string quantile_share;
  std::string window;
  std::string time_zone;
  std::string route;
  std::string environment;
  std::string name;
  std::string description;
  bool is_dry_run = false;
  bool allows_unknown = false;

  // Their targets are members of this.
  std::vector<Flag> goal_flags();
  Positional target_word();

  // The body of a request. Error kInvalidConfig: the target is none, or the goal is neither a
  // success nor a latency, or, where `needs_goal`, there is none. What the texts mean is for Dive
  // to say.
  Result<std::string> to_json(bool needs_goal) const;
  // "seine objective set svc/payments -n shop --window 7d --success ": a goal is to follow.
  std::string how_to_set() const;
};

}  // namespace seine::cli
