// SPDX-License-Identifier: Apache-2.0
#include "control/registry/service_routes.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "base/log.h"
#include "control/registry/registry_limits.h"

namespace seine::control {

Result<model::DeclaredRoute> read_route(std::string_view text) {
  auto route = model::parse_declared_route(text);
  if (route) return route;
  return fail(ErrorCode::kInvalidArgument, "the route \"" + escape_text(text.substr(0, 80)) +
                                               "\" is none: " + route.error().message);
}

std::vector<model::DeclaredRoute> read_routes(json::Fields& fields, std::size_t limit) {
  std::vector<model::DeclaredRoute> out;
  const std::vector<std::string> texts = fields.texts_or_empty("routes");
  if (texts.size() > limit) {
    fields.add_error("routes", "has more than " + std::to_string(limit) + " elements");
    return out;
  }
  for (const std::string& text : texts) {
    auto route = model::parse_declared_route(text);
    if (route) {
      out.push_back(*std::move(route));
    } else {
      fields.add_error("routes", "holds \"" + text + "\"; " + route.error().message);
    }
  }
  return out;
}

std::vector<model::DeclaredRoute> merge_routes(std::vector<const Lease*> leases) {
  // Seconds are what the registry's file keeps.
  std::ranges::sort(leases, std::greater(), [](const Lease* lease) {
    const auto since = std::chrono::floor<std::chrono::seconds>(lease->joining.since);
    return std::pair(since, std::string_view(lease->pod));
  });
  std::vector<model::DeclaredRoute> out;
  std::set<std::string_view> names;
  std::set<std::pair<std::string_view, std::string_view>> requests;
  for (const Lease* lease : leases) {
    for (const model::DeclaredRoute& route : lease->announced.routes) {
      if (out.size() == kMaxServiceRoutes) break;
      const std::pair<std::string_view, std::string_view> request(route.method, route.path);
      if (names.contains(route.name) || requests.contains(request)) continue;
      names.insert(route.name);
      requests.insert(request);
      out.push_back(route);
    }
  }
  model::sort_by_precision(out);
  return out;
}

}  // namespace seine::control
