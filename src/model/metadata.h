// SPDX-License-Identifier: Apache-2.0
// Where a piece of policy comes from, as metric labels and error messages name it.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <utility>

namespace seine::model {

// A built-in default has no group and the kind "default"; anything else is a resource.
struct Metadata {
  std::string group;
  std::string kind = "default";
  std::string name;
  std::string ns;
  std::string section;
  std::uint16_t port = 0;  // 0: of no port in particular

  static Metadata make_default(std::string name) { return {.name = std::move(name)}; }
  // Kinds of Kubernetes' core API have an empty group there and "core" here.
  static Metadata make_resource(std::string group, std::string kind, std::string ns,
                                std::string name) {
    return {.group = group.empty() ? "core" : std::move(group),
            .kind = std::move(kind),
            .name = std::move(name),
            .ns = std::move(ns)};
  }
  bool is_default() const { return group.empty() && kind == "default"; }

  friend auto operator<=>(const Metadata&, const Metadata&) = default;
};

}  // namespace seine::model
