// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>
#include <utility>

#include "cli/check/dive_health.h"
#include "cli/check/mesh_checks.h"
#include "cli/check/mesh_view.h"
#include "cli/mesh/ask_http.h"
#include "cli/mesh/dive_folders.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

bool has_dive(const MeshView& view) {
  return view.access && view.access->network.has_dive;
}

Task<Result<HttpAnswer>> ask_owner(MeshView& view) {
  auto answer = co_await ask_unix(view.loop, view.folder.owner_socket(), "/api/v1/clusters", "",
                                  MeshView::kCheckPatience);
  if (!answer) co_return answer;
  if (answer->status != 200) {
    co_return fail(ErrorCode::kUnavailable, "it answered " + std::to_string(answer->status));
  }
  co_return answer;
}

Task<CheckVerdict> dive_answers(MeshView& view) {
  if (!has_dive(view)) co_return CheckAnswer::kSkipped;
  const auto answer = co_await ask_owner(view);
  if (!answer) co_return fail(answer.error());
  co_return CheckAnswer::kHolds;
}

// By a join token that nobody is told, and that is over in an hour.
Task<CheckVerdict> database_is_writable(MeshView& view) {
  if (!has_dive(view)) co_return CheckAnswer::kSkipped;
  const auto answer =
      co_await ask_unix(view.loop, view.folder.owner_socket(), "/api/v1/join-tokens",
                        join_token_request(view.described->cluster()), MeshView::kCheckPatience);
  if (!answer) co_return fail(answer.error());
  if (answer->status / 100 == 2) co_return CheckAnswer::kHolds;
  co_return fail(ErrorCode::kUnavailable,
                 "it answered " + std::to_string(answer->status) + ": " + answer->body);
}

Task<CheckVerdict> agent_is_heard(MeshView& view) {
  if (!has_dive(view)) co_return CheckAnswer::kSkipped;
  const auto answer = co_await ask_owner(view);
  if (!answer) co_return fail(answer.error());
  const auto clusters = parse_clusters(answer->body);
  if (!clusters) co_return fail(clusters.error());
  auto heard = check_heard(*clusters, view.described->cluster(), view.loop.clock().wall_now());
  if (!heard) co_return fail(std::move(heard.error()));
  co_return CheckAnswer::kHolds;
}

}  // namespace

CheckCategory dive_checks(MeshView& view) {
  const std::string hint = "the terminal of `seine up` says why; traffic goes on without it";
  CheckCategory out{.name = "dive", .checks = {}};
  out.checks.push_back({.description = "Dive answers",
                        .hint = hint,
                        .look = look_by(view, &dive_answers),
                        .is_retried = true});
  out.checks.push_back({.description = "Dive's database can be written",
                        .hint = hint,
                        .look = look_by(view, &database_is_writable),
                        .is_retried = true});
  out.checks.push_back({.description = "Dive has heard its agent within the last minute",
                        .hint = hint,
                        .look = look_by(view, &agent_is_heard),
                        .is_retried = true});
  return out;
}

}  // namespace seine::cli
