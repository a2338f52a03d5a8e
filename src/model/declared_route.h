// SPDX-License-Identifier: Apache-2.0
// A route that a program says it has: a name for the requests of a method and a path. Pure.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/metadata.h"
#include "model/request_match.h"

namespace seine::model {

inline constexpr std::size_t kMaxDeclaredRoutes = 32;  // of one program
inline constexpr std::size_t kMaxRouteName = 63;
inline constexpr std::size_t kMaxRouteMethod = 32;
inline constexpr std::size_t kMaxRoutePath = 512;

// As parse_declared_route() makes it.
struct DeclaredRoute {
  std::string name;    // a DNS label
  std::string method;  // empty: every method
  std::string path;    // "/cart"; "/cart/*" is that and all below it, "/*" everything
  friend auto operator<=>(const DeclaredRoute&, const DeclaredRoute&) = default;
};

// "NAME=METHOD:PATH", as "purchase=POST:/purchase"; METHOD is a word in capitals or `*`. Also
// "NAME=grpc:package.Service/Method", which is POST:/package.Service/Method. Error
// kInvalidArgument: what was expected, to stand behind the text.
Result<DeclaredRoute> parse_declared_route(std::string_view text);
// The text that parses to it.
std::string to_text(const DeclaredRoute& route);

// Whether they can be one program's: not too many, no name and no request twice. Error
// kInvalidArgument, a whole sentence.
Result<void> check_declared_routes(std::span<const DeclaredRoute> routes);

// In the order in which find_route() prefers them, so that whoever takes the first that matches
// finds the same.
void sort_by_precision(std::vector<DeclaredRoute>& routes);

// How counts name it: an HTTPRoute of the Gateway API.
Metadata route_metadata(const DeclaredRoute& route, std::string_view ns);
HttpMatch http_match(const DeclaredRoute& route);
// Nothing if no call of gRPC is such a request, or a match of gRPC cannot say which.
std::optional<GrpcMatch> grpc_match(const DeclaredRoute& route);

}  // namespace seine::model
