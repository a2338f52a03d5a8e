// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/agent_token.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "cli/mesh/ask_http.h"
#include "cli/mesh/dive_folders.h"
#include "runtime/combine.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr Duration kAskPatience = 2s;
constexpr Duration kFirstPause = 20ms;
constexpr Duration kLongestPause = 1s;
constexpr Duration kLookEvery = 1s;

}  // namespace

AgentToken::AgentToken(runtime::EventLoop& loop, const Log& log, MeshFolder folder,
                       std::string cluster)
    : loop_(loop), log_(log), folder_(std::move(folder)), cluster_(std::move(cluster)) {}

// A token is good once: one that was used would only be refused.
bool AgentToken::has_joined() {
  if (::access((folder_.dive_agent() + "/joined").c_str(), F_OK) != 0) return false;
  ::unlink(folder_.join_token().c_str());
  had_joined_ = true;
  return true;
}

Task<Result<void>> AgentToken::ask() {
  const auto answer = co_await ask_unix(loop_, folder_.owner_socket(), "/api/v1/join-tokens",
                                        join_token_request(cluster_), kAskPatience);
  if (!answer) co_return fail(answer.error());
  if (answer->status / 100 != 2) {
    co_return fail(ErrorCode::kUnavailable,
                   "Dive answered " + std::to_string(answer->status) + ": " + answer->body);
  }
  const auto token = parse_join_token(answer->body);
  if (!token) co_return fail(Error(token.error()).with_context("Dive's answer"));
  auto written = replace_file(folder_.join_token(), *token + "\n", 0600);
  if (written) next_ = loop_.now() + kNextToken;
  co_return written;
}

Task<void> AgentToken::give() {
  Duration pause = kFirstPause;
  while (!has_joined()) {
    const auto given = co_await ask();
    if (given) co_return;
    if (pause == kLongestPause) {
      log_warn(log_, "Dive has no token for its agent yet",
               {{"reason", given.error().to_string()}});
    }
    co_await runtime::sleep_for(loop_, pause);
    pause = std::min(pause * 2, 2 * kLongestPause);
  }
}

Task<void> AgentToken::look() {
  if (has_joined()) {
    is_lost_ = false;
    co_return;
  }
  // Its first token is given before its start.
  if (!had_joined_) co_return;
  if (!std::exchange(is_lost_, true)) {
    next_ = loop_.now();
    log_warn(log_,
             "Dive does not know this cluster any more, as with a database that was lost or "
             "replaced; its agent joins it again by a new token",
             {{"cluster", cluster_}});
  }
  if (loop_.now() < next_) co_return;
  // Where Dive does not answer now, it may at the next look.
  (void)co_await ask();
}

Task<void> AgentToken::keep() {
  for (;;) {
    co_await look();
    co_await runtime::sleep_for(loop_, kLookEvery);
  }
}

}  // namespace seine::cli
