// SPDX-License-Identifier: Apache-2.0
// Names of resources as Kubernetes has them (RFC 1123): lower case letters, digits and '-' between
// them, and where a resource's kind allows it dots.
#pragma once

#include <cstddef>
#include <string_view>

namespace seine {

inline constexpr std::size_t kMaxLabelName = 63;
inline constexpr std::size_t kMaxSubdomainName = 253;

// Of namespaces and services: "shop", at most kMaxLabelName.
bool is_label_name(std::string_view text);
// Of workloads and service accounts: "web-2.blue" as well, at most kMaxSubdomainName.
bool is_subdomain_name(std::string_view text);

}  // namespace seine
