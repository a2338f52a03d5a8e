// SPDX-License-Identifier: Apache-2.0
#include "model/profile.h"

#include <algorithm>

namespace seine::model {

bool ProfileRequestMatch::matches(std::string_view request_method,
                                  std::string_view request_path) const {
  const auto holds = [&](const ProfileRequestMatch& child) {
    return child.matches(request_method, request_path);
  };
  switch (kind) {
    case Kind::kAll: return std::ranges::all_of(children, holds);
    case Kind::kAny: return std::ranges::any_of(children, holds);
    case Kind::kNot: return std::ranges::none_of(children, holds);
    case Kind::kPath: return path.has_value() && path->matches(request_path);
    case Kind::kMethod: return method == request_method;
  }
  return false;
}

bool ProfileResponseMatch::matches(std::uint16_t status) const {
  const auto holds = [&](const ProfileResponseMatch& child) { return child.matches(status); };
  switch (kind) {
    case Kind::kAll: return std::ranges::all_of(children, holds);
    case Kind::kAny: return std::ranges::any_of(children, holds);
    case Kind::kNot: return std::ranges::none_of(children, holds);
    case Kind::kStatus: return first <= status && status <= last;
  }
  return false;
}

std::optional<bool> ProfileRoute::classify(std::uint16_t status) const {
  for (const ResponseClass& response_class : response_classes) {
    if (response_class.condition.matches(status)) return response_class.is_failure;
  }
  return std::nullopt;
}

std::optional<bool> success_by_route(const ProfileRoute* route, std::uint16_t status) {
  const auto is_failure = route == nullptr ? std::nullopt : route->classify(status);
  return is_failure ? std::optional(!*is_failure) : std::nullopt;
}

bool Profile::overrides_policy() const {
  if (fully_qualified_name.empty()) return false;
  return !routes.empty() || std::ranges::any_of(dst_overrides, [](const WeightedDst& destination) {
    return destination.weight > 0;
  });
}

const ProfileRoute* Profile::find(std::string_view method, std::string_view path) const {
  const auto found = std::ranges::find_if(
      routes, [&](const ProfileRoute& route) { return route.condition.matches(method, path); });
  return found == routes.end() ? nullptr : &*found;
}

}  // namespace seine::model
