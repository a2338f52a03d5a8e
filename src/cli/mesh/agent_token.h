// SPDX-License-Identifier: Apache-2.0
// The one-time tokens by which Dive's agent joins: one before its first start, and another whenever
// Dive does not know it any more, as with a database that was lost or replaced. The agent notes in
// its folder that it has joined, and takes the note away where Dive denies that.
#pragma once

#include <string>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/mesh/mesh_folder.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

// Longer than an agent takes to try again; a token lives longer.
inline constexpr std::chrono::seconds kNextToken{60};

// One loop.
class AgentToken {
 public:
  // Loop and log outlive it.
  AgentToken(runtime::EventLoop& loop, const Log& log, MeshFolder folder, std::string cluster);

  // Before each start of the agent: until there is a token, where it needs one.
  runtime::Task<void> give();
  // Looks every second. Never completes.
  runtime::Task<void> keep();
  // One look: a token for an agent that has joined before, and has to again.
  runtime::Task<void> look();

 private:
  bool has_joined();
  runtime::Task<Result<void>> ask();

  runtime::EventLoop& loop_;
  const Log& log_;
  const MeshFolder folder_;
  const std::string cluster_;
  bool had_joined_ = false;
  bool is_lost_ = false;  // which was said
  TimePoint next_{};      // no other token before
};

}  // namespace seine::cli
