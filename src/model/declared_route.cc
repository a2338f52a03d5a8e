// SPDX-License-Identifier: Apache-2.0
#include "model/declared_route.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace seine::model {
namespace {

constexpr std::string_view kBelow = "/*";

std::unexpected<Error> expected(std::string_view what) {
  return fail(ErrorCode::kInvalidArgument, "expected " + std::string(what));
}

bool is_name(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= kMaxRouteName && is_alphanumeric(name.front()) &&
         is_alphanumeric(name.back()) &&
         std::ranges::all_of(name, [&](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_method(std::string_view method) {
  return !method.empty() && method.size() <= kMaxRouteMethod &&
         std::ranges::all_of(method, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

// Without what stands for all below; nothing if the path is one path alone.
std::optional<std::string_view> stem_of(std::string_view path) {
  if (!path.ends_with(kBelow)) return std::nullopt;
  return path.substr(0, path.size() - kBelow.size());
}

bool is_path(std::string_view path) {
  if (!path.starts_with('/') || path.size() > kMaxRoutePath) return false;
  const auto stem = stem_of(path);
  if (stem && stem->ends_with('/')) return false;
  return std::ranges::all_of(stem.value_or(path), [](char c) {
    return c > 0x20 && c < 0x7f && c != '?' && c != '#' && c != '*';
  });
}

// How much of a request it speaks of: of HttpMatch's figures those that differ here, and an exact
// path before what lies below it.
auto precision(const DeclaredRoute& route) {
  const auto stem = stem_of(route.path);
  return std::tuple(stem ? std::max<std::size_t>(stem->size(), 1) : route.path.size(),
                    !route.method.empty(), !stem);
}

}  // namespace

Result<DeclaredRoute> parse_declared_route(std::string_view text) {
  const auto equals = text.find('=');
  const auto colon = text.find(':', equals == std::string_view::npos ? 0 : equals);
  if (equals == std::string_view::npos || colon == std::string_view::npos) {
    return expected("NAME=METHOD:PATH, as purchase=POST:/purchase");
  }
  DeclaredRoute route{.name = std::string(text.substr(0, equals)),
                      .method = std::string(text.substr(equals + 1, colon - equals - 1)),
                      .path = std::string(text.substr(colon + 1))};
  if (!is_name(route.name)) {
    return expected(
        "a name of 1 to 63 lower-case letters, digits and '-', opening and closing with a letter "
        "or a digit");
  }
  if (route.method == "grpc") {
    const auto slash = route.path.find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == route.path.size()) {
      return expected("package.Service/Method after grpc:");
    }
    route.method = "POST";
    route.path.insert(0, "/");
  }
  if (route.method == "*") {
    route.method.clear();
  } else if (!is_method(route.method)) {
    return expected("a method in capitals, as POST, or * for every method, or grpc");
  }
  if (!is_path(route.path)) {
    return expected(
        "a path that opens with '/', has up to 512 printable characters and no query, and '*' "
        "only as its last segment");
  }
  return route;
}

std::string to_text(const DeclaredRoute& route) {
  return route.name + "=" + (route.method.empty() ? "*" : route.method) + ":" + route.path;
}

Result<void> check_declared_routes(std::span<const DeclaredRoute> routes) {
  if (routes.size() > kMaxDeclaredRoutes) {
    return fail(ErrorCode::kInvalidArgument,
                "a program has at most " + std::to_string(kMaxDeclaredRoutes) + " routes");
  }
  std::set<std::string_view> names;
  std::set<std::pair<std::string_view, std::string_view>> requests;
  for (const DeclaredRoute& route : routes) {
    const bool is_new = names.insert(route.name).second;
    if (is_new && requests.emplace(route.method, route.path).second) continue;
    return fail(ErrorCode::kInvalidArgument,
                "the route \"" + to_text(route) + "\" " +
                    (is_new ? "is of requests that another has named" : "has another's name"));
  }
  return {};
}

void sort_by_precision(std::vector<DeclaredRoute>& routes) {
  std::ranges::sort(routes, [](const DeclaredRoute& a, const DeclaredRoute& b) {
    const auto of_a = precision(a);
    const auto of_b = precision(b);
    return of_a != of_b ? of_a > of_b : a < b;
  });
}

Metadata route_metadata(const DeclaredRoute& route, std::string_view ns) {
  return Metadata::make_resource("gateway.networking.k8s.io", "HTTPRoute", std::string(ns),
                                 route.name);
}

HttpMatch http_match(const DeclaredRoute& route) {
  HttpMatch match;
  if (const auto stem = stem_of(route.path)) {
    match.path = PathMatch{.kind = PathMatch::Prefix{stem->empty() ? "/" : std::string(*stem)}};
  } else {
    match.path = PathMatch{.kind = PathMatch::Exact{route.path}};
  }
  if (!route.method.empty()) match.method = route.method;
  return match;
}

std::optional<GrpcMatch> grpc_match(const DeclaredRoute& route) {
  if (!route.method.empty() && route.method != "POST") return std::nullopt;
  const auto stem = stem_of(route.path);
  if (stem && stem->empty()) return GrpcMatch{};
  const std::string_view words = stem.value_or(route.path).substr(1);
  const auto slash = words.find('/');
  if (stem) {
    if (slash != std::string_view::npos) return std::nullopt;
    return GrpcMatch{.service = std::string(words)};
  }
  if (slash == 0 || slash == std::string_view::npos || slash + 1 == words.size()) {
    return std::nullopt;
  }
  return GrpcMatch{.service = std::string(words.substr(0, slash)),
                   .method = std::string(words.substr(slash + 1))};
}

}  // namespace seine::model
