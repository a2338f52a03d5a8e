// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/resource.h"

#include <array>

#include "base/nearest.h"

namespace seine::telemetry {
namespace {

struct Words {
  ResourceKind kind;
  std::string_view short_name;
  std::string_view name;
  std::string_view plural;
};

constexpr std::array<Words, 4> kKinds{
    {{ResourceKind::kDeployment, "deploy", "deployment", "deployments"},
     {ResourceKind::kService, "svc", "service", "services"},
     {ResourceKind::kNamespace, "ns", "namespace", "namespaces"},
     {ResourceKind::kPod, "po", "pod", "pods"}}};

const Words& words_of(ResourceKind kind) {
  return kKinds[static_cast<std::size_t>(kind)];
}

}  // namespace

std::string_view kind_name(ResourceKind kind) {
  return words_of(kind).name;
}

std::string_view short_kind_name(ResourceKind kind) {
  return words_of(kind).short_name;
}

std::vector<std::string> short_kind_names() {
  std::vector<std::string> out;
  out.reserve(kKinds.size());
  for (const Words& words : kKinds) out.emplace_back(words.short_name);
  return out;
}

Result<ResourceKind> parse_kind(std::string_view word) {
  std::vector<std::string> known;
  for (const Words& words : kKinds) {
    if (word == words.short_name || word == words.name || word == words.plural) return words.kind;
    for (const std::string_view each : {words.short_name, words.name}) known.emplace_back(each);
  }
  const std::string meant = nearest(word, known);
  return fail(ErrorCode::kInvalidConfig, "\"" + std::string(word) + "\" is no kind of resource; " +
                                             (meant.empty() ? "there are deploy, svc, ns and po"
                                                            : "did you mean " + meant + "?"));
}

Result<Resource> parse_resource(std::span<const std::string> words) {
  if (words.empty() || words.size() > 2) {
    return fail(ErrorCode::kInvalidConfig,
                "one resource at a time: TYPE for all of them, TYPE/NAME or TYPE NAME");
  }
  const std::string_view first = words[0];
  const auto slash = first.find('/');
  const auto kind = parse_kind(first.substr(0, slash));
  if (!kind) return fail(kind.error());
  const bool has_slash = slash != std::string_view::npos;
  Resource resource{.kind = *kind, .name = {}};
  if (has_slash) resource.name = first.substr(slash + 1);
  if (has_slash == (words.size() == 2) && has_slash) {
    return fail(ErrorCode::kInvalidConfig, "one resource at a time, as TYPE/NAME or TYPE NAME");
  }
  if (words.size() == 2) resource.name = words[1];
  if ((has_slash || words.size() == 2) && resource.name.empty()) {
    return fail(ErrorCode::kInvalidConfig, "\"" + std::string(first) + "\" names nothing");
  }
  return resource;
}

Error no_such_resource(const Resource& resource, std::string_view ns,
                       std::span<const std::string> known) {
  std::string text =
      "there is no " + std::string(kind_name(resource.kind)) + " \"" + resource.name + "\"";
  if (!ns.empty() && resource.kind != ResourceKind::kNamespace) {
    text.append(" in namespace ").append(ns);
  }
  const std::string meant = nearest(resource.name, known);
  if (!meant.empty()) text.append("; did you mean ").append(meant).append("?");
  return make_error(ErrorCode::kNotFound, std::move(text));
}

}  // namespace seine::telemetry
