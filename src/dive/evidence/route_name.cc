// SPDX-License-Identifier: Apache-2.0
#include "dive/evidence/route_name.h"

namespace seine::dive {
namespace {

constexpr std::string_view kDefault = "default";

}  // namespace

bool is_default_route(std::string_view route) {
  return route == kDefault || route.starts_with("core/Service/") ||
         route.starts_with("core/Pod/") ||
         (route.starts_with("/default/") && route != "/default/probe");
}

std::string_view canonical_route(std::string_view route) {
  return is_default_route(route) ? kDefault : route;
}

std::string_view short_route(std::string_view route) {
  if (is_default_route(route)) return kDefault;
  const auto slash = route.rfind('/');
  return slash == std::string_view::npos ? route : route.substr(slash + 1);
}

bool names_route(std::string_view wanted, std::string_view route) {
  if (wanted == route) return true;
  if (wanted.empty() || route.empty()) return false;
  // Not a declared one that is called so.
  if (is_default_route(wanted)) return is_default_route(route);
  return !wanted.contains('/') && wanted == short_route(route);
}

}  // namespace seine::dive
