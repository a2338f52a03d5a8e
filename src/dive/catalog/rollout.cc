// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/rollout.h"

#include "fmt/format.h"

#include "base/check.h"
#include "dive/catalog/catalog_limits.h"

namespace seine::dive {
namespace {

// As much as tells templates apart at a glance.
std::string template_text(const Revision& revision) {
  std::string out = "template ";
  if (revision.template_digest.empty()) return out + "unknown";
  for (const char c : revision.template_digest.substr(0, 4)) {
    out += fmt::format("{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return out;
}

}  // namespace

std::string_view phase_name(RolloutPhase phase) {
  switch (phase) {
    case RolloutPhase::kOngoing: return "ongoing";
    case RolloutPhase::kStalled: return "stalled";
    case RolloutPhase::kSideBySide: return "side by side";
    case RolloutPhase::kPaused: return "paused";
    case RolloutPhase::kConcluded: return "concluded";
    case RolloutPhase::kUndone: return "undone";
    case RolloutPhase::kReplaced: return "replaced";
  }
  SEINE_CHECK(false, "every phase has a name");
}

RolloutPhase phase_at(const Rollout& rollout, WallTime known_until) {
  if (rollout.end) {
    switch (*rollout.end) {
      case Rollout::End::kConcluded: return RolloutPhase::kConcluded;
      case Rollout::End::kUndone: return RolloutPhase::kUndone;
      case Rollout::End::kReplaced: return RolloutPhase::kReplaced;
    }
  }
  if (rollout.pods == 0 && rollout.others == 0) return RolloutPhase::kPaused;
  if (known_until - rollout.progressed_at < kProgressDeadline) return RolloutPhase::kOngoing;
  if (rollout.ready == 0) return RolloutPhase::kStalled;
  return rollout.others_ready > 0 ? RolloutPhase::kSideBySide : RolloutPhase::kOngoing;
}

std::string rollout_title(const Rollout& rollout) {
  const std::string_view version = rollout.to.version;
  if (version.empty()) return "Rolled out " + template_text(rollout.to);
  return fmt::format("Rolled out {}{}", version,
                     version == rollout.from.version ? " with another template" : "");
}

std::string revision_text(const Revision& revision, const Revision& beside) {
  if (revision.version.empty()) return template_text(revision);
  if (revision.version != beside.version) return revision.version;
  return fmt::format("{} ({})", revision.version, template_text(revision));
}

}  // namespace seine::dive
