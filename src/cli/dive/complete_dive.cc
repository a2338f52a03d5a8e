// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/complete_dive.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "cli/dive/answer.h"
#include "cli/dive/dive_client.h"

namespace seine::cli {
namespace {

constexpr std::chrono::milliseconds kPatience{500};
constexpr std::size_t kMaxCandidates = 500;

bool is_plain(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._").contains(c);
  });
}

}  // namespace

std::vector<Candidate> complete_dive(const Invocation& invocation, Known kind,
                                     std::string_view word) {
  const bool is_objective = kind == Known::kObjectives;
  const auto answer =
      ask_dive(invocation, {.path = is_objective ? "/objectives" : "/events?last=7d"}, kPatience);
  if (!answer) return {};
  std::vector<Candidate> out;
  for (const json::Value& each : list_at(*answer, is_objective ? "objectives" : "events")) {
    const std::string_view name = text_at(each, is_objective ? "name" : "id");
    if (!is_plain(name) || !name.starts_with(word)) continue;
    out.push_back({std::string(name), printable(text_at(each, is_objective ? "state" : "title"))});
    if (out.size() == kMaxCandidates) break;
  }
  return out;
}

}  // namespace seine::cli
