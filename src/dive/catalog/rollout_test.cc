// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/rollout.h"

#include <gtest/gtest.h>

namespace seine::dive {
namespace {

TEST(Rollout, is_called_after_what_it_brings) {
  EXPECT_EQ(rollout_title({.from = {"v2.7", "a"}, .to = {"v2.8", "b"}}), "Rolled out v2.8");
  EXPECT_EQ(rollout_title({.from = {"v2.8", "a"}, .to = {"v2.8", "b"}}),
            "Rolled out v2.8 with another template");
  EXPECT_EQ(rollout_title({.from = {"", "a"}, .to = {"", "\xff\x01\x02\x03\x04"}}),
            "Rolled out template ff010203");
}

TEST(Rollout, tells_versions_apart_by_templates_only_where_it_must) {
  EXPECT_EQ(revision_text({"v2.8", "b"}, {"v2.7", "a"}), "v2.8");
  EXPECT_EQ(revision_text({"v2.8", "bbbb"}, {"v2.8", "a"}), "v2.8 (template 62626262)");
  EXPECT_EQ(revision_text({"", "bbbb"}, {"v2.8", "a"}), "template 62626262");
  EXPECT_EQ(revision_text({"", ""}, {"v2.8", "a"}), "template unknown");
}

TEST(Rollout, has_a_name_for_each_phase) {
  EXPECT_EQ(phase_name(RolloutPhase::kOngoing), "ongoing");
  EXPECT_EQ(phase_name(RolloutPhase::kStalled), "stalled");
  EXPECT_EQ(phase_name(RolloutPhase::kSideBySide), "side by side");
  EXPECT_EQ(phase_name(RolloutPhase::kPaused), "paused");
  EXPECT_EQ(phase_name(RolloutPhase::kConcluded), "concluded");
  EXPECT_EQ(phase_name(RolloutPhase::kUndone), "undone");
  EXPECT_EQ(phase_name(RolloutPhase::kReplaced), "replaced");
}

}  // namespace
}  // namespace seine::dive
