// SPDX-License-Identifier: Apache-2.0
#include "control/caller.h"

#include <utility>

#include "json/value.h"

namespace seine::control {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::unexpected<Error> malformed(std::string_view why) {
  return fail(ErrorCode::kInvalidArgument,
              "the caller's workload is not understood: " + std::string(why));
}

// Members we do not know are left alone: other versions of a proxy send more.
Result<CallerContext> parse_object(std::string_view text) {
  const auto document = json::parse(text, {.max_bytes = kMaxContextBytes, .max_depth = 4});
  if (!document) return malformed(document.error().message);
  CallerContext context;
  const std::pair<std::string_view, std::string*> members[] = {
      {"ns", &context.ns}, {"pod", &context.pod}, {"nodeName", &context.node}};
  for (const auto& [key, field] : members) {
    const json::Value* value = document->find(key);
    if (value == nullptr) continue;
    if (value->string() == nullptr) return malformed(std::string(key) + " is not a string");
    *field = *value->string();
  }
  if (context.ns.empty()) return malformed("it names no namespace");
  return context;
}

}  // namespace

Result<CallerContext> parse_caller_context(std::string_view text) {
  if (text.size() > kMaxContextBytes) {
    return fail(ErrorCode::kLimit, "the caller's workload is over 4096 bytes");
  }
  text = trimmed(text);
  if (text.empty()) return CallerContext{};
  if (text.starts_with('{')) return parse_object(text);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return malformed("it is neither JSON nor NS:POD");
  const std::string_view first = text.substr(0, colon);
  const std::string_view second = text.substr(colon + 1);
  if (first.empty() || second.empty() || second.find(':') != std::string_view::npos) {
    return malformed("it is neither JSON nor NS:POD");
  }
  if (first == "ns") return CallerContext{.ns = std::string(second)};
  return CallerContext{.ns = std::string(first), .pod = std::string(second)};
}

Result<void> authorize_caller(const MeshNames& names, const Snapshot& snapshot,
                              const CallerContext& context, const model::Identity& peer) {
  const auto account = names.service_account(peer);
  if (!account) {
    return fail(ErrorCode::kUnauthorized, peer.text() + " is no service account of this mesh");
  }
  if (context.ns != account->ns) {
    return fail(ErrorCode::kUnauthorized,
                peer.text() + " may not speak for namespace \"" + context.ns + "\"");
  }
  if (context.pod.empty()) return {};
  const PodRef ref = snapshot.find_pod(context.ns, context.pod);
  if (ref.pod == nullptr) {
    return fail(ErrorCode::kUnauthorized, "there is no workload " + context.ns + "/" + context.pod);
  }
  if (ref.workload->service_account != account->service_account) {
    return fail(ErrorCode::kUnauthorized, peer.text() + " may not speak for workload " +
                                              context.ns + "/" + context.pod + ", which runs as " +
                                              ref.workload->service_account);
  }
  return {};
}

}  // namespace seine::control
