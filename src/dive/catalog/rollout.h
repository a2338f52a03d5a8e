// SPDX-License-Identifier: Apache-2.0
// A change of what a workload runs: from one version to another, or to another template of the same
// one. A value; who decides that there is one is follow_rollouts.h.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/time.h"

namespace seine::dive {

// What tells pods of a rollout from pods of a scale.
struct Revision {
  std::string version;          // may be empty
  std::string template_digest;  // octets; may be empty
  friend auto operator<=>(const Revision&, const Revision&) = default;
};

struct Rollout {
  enum class End : std::uint8_t {
    kConcluded,  // no pod of anything else is left
    kUndone,     // its own pods went, others stayed
    kReplaced,   // the next one began before it had ended
  };

  // Of one workload; later ones are greater, also over a time in which it was forgotten.
  std::uint64_t number = 0;
  Revision from;
  Revision to;
  WallTime started_at;  // its first pod's
  std::string started_by;
  std::optional<End> end;
  WallTime ended_at;  // where there is an end

  // As of the last message: pods of the new revision that stay, those of them that are ready, and
  // pods of others, that are on their way out included.
  std::size_t pods = 0;
  std::size_t ready = 0;
  std::size_t others = 0;
  std::size_t others_ready = 0;
  std::set<std::string> pods_so_far;  // of the new revision, those that went included
  // How far it has ever been, and since when. A scale to and fro is no progress.
  std::size_t most_ready = 0;
  std::size_t fewest_others = 0;
  WallTime progressed_at;
  friend bool operator==(const Rollout&, const Rollout&) = default;
};

enum class RolloutPhase : std::uint8_t {
  kOngoing,
  kStalled,     // no progress for kProgressDeadline, and none of the new pods is ready
  kSideBySide,  // no progress for kProgressDeadline, and both are ready: meant to be, as a canary
                // is
  kPaused,      // no pods of either
  kConcluded,
  kUndone,
  kReplaced,
};
// "ongoing", "stalled", "side by side", "paused", "concluded", "undone", "replaced".
std::string_view phase_name(RolloutPhase phase);

// `known_until`: up to when the cluster has told, since silence of a cluster that was cut off says
// nothing.
RolloutPhase phase_at(const Rollout& rollout, WallTime known_until);

// "Rolled out v2.8"; "Rolled out v2.8 with another template".
std::string rollout_title(const Rollout& rollout);
// "v2.8"; "v2.8 (template 3f2a91c0)" beside one of the same version; "template 3f2a91c0" without a
// version.
std::string revision_text(const Revision& revision, const Revision& beside);

}  // namespace seine::dive
