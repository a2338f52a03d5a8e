// SPDX-License-Identifier: Apache-2.0
#include "web/router.h"

#include <algorithm>

#include "base/check.h"

namespace seine::web {
namespace {

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  return std::ranges::equal(pattern, segments, [](const auto& one, const auto& segment) {
    return is_parameter(one) || one == segment;
  });
}

// Whether `a` says more than `b`, of two that fit one path.
bool is_closer(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (is_parameter(a[i]) != is_parameter(b[i])) return is_parameter(b[i]);
  }
  return false;
}

// Which paths a pattern fits, whatever its parameters are called.
bool fits_the_same(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
    return is_parameter(one) ? is_parameter(other) : one == other;
  });
}

}  // namespace

const std::string& Call::parameter(std::string_view name) const {
  const auto found =
      std::ranges::find(parameters, name, &std::pair<std::string_view, std::string>::first);
  SEINE_CHECK(found != parameters.end(), "a handler asks for a parameter of its pattern");
  return found->second;
}

void Router::add(std::string_view method, std::string_view pattern, Handler handler,
                 Access access) {
  const auto target = parse_target(pattern);
  SEINE_CHECK(target && !target->ends_in_slash, "a pattern is a path");
  for (const Route& route : routes_) {
    SEINE_CHECK(route.method != method || !fits_the_same(route.pattern, target->segments),
                "a path has one handler for a method");
  }
  routes_.push_back({std::string(method), target->segments, access, handler});
}

std::optional<Router::Match> Router::find(std::string_view method, const Target& target) {
  if (target.ends_in_slash) return std::nullopt;
  Match match{.route = nullptr, .parameters = {}, .allowed = {}};
  bool is_own = false;  // of the method itself, not of GET in the place of HEAD
  for (Route& route : routes_) {
    if (!fits(route.pattern, target.segments)) continue;
    match.allowed += (match.allowed.empty() ? "" : ", ") + route.method;
    const bool matches = route.method == method;
    if (!matches && !(method == "HEAD" && route.method == "GET" && !is_own)) continue;
    if (match.route != nullptr && matches == is_own &&
        !is_closer(route.pattern, match.route->pattern)) {
      continue;
    }
    match.route = &route;
    is_own = matches;
  }
  if (match.allowed.empty()) return std::nullopt;
  if (match.route == nullptr) return match;
  for (std::size_t i = 0; i < target.segments.size(); ++i) {
    std::string_view name = match.route->pattern[i];
    if (!is_parameter(name)) continue;
    match.parameters.emplace_back(name.substr(1, name.size() - 2), target.segments[i]);
  }
  return match;
}

}  // namespace seine::web
