// SPDX-License-Identifier: Apache-2.0
// What is asked about on a command line: "deploy", "deploy/web", "deploy web". Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace seine::telemetry {

enum class ResourceKind : std::uint8_t { kDeployment, kService, kNamespace, kPod };

// "deployment", as JSON has it.
std::string_view kind_name(ResourceKind kind);
// "deploy", as it is typed.
std::string_view short_kind_name(ResourceKind kind);
// The words above of all kinds.
std::vector<std::string> short_kind_names();

struct Resource {
  ResourceKind kind = ResourceKind::kDeployment;
  std::string name;  // empty: all of the kind
  friend bool operator==(const Resource&, const Resource&) = default;
};

// kubectl's words, singular, plural and short. Error kInvalidConfig, with the word that may have
// been meant.
Result<ResourceKind> parse_kind(std::string_view word);
// TYPE, TYPE/NAME or TYPE NAME. Error kInvalidConfig.
Result<Resource> parse_resource(std::span<const std::string> words);

// `there is no deployment "wbe" in namespace shop; did you mean web?`: error kNotFound.
Error no_such_resource(const Resource& resource, std::string_view ns,
                       std::span<const std::string> known);

}  // namespace seine::telemetry
