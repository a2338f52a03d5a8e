// SPDX-License-Identifier: Apache-2.0
// What parses is written as it parses, and a request for its path takes it.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "model/declared_route.h"

namespace {

class NoHeaders final : public seine::model::HeaderSource {
 public:
  std::optional<std::string_view> value(std::string_view, std::size_t) const override {
    return std::nullopt;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::model;
  const auto route = parse_declared_route({reinterpret_cast<const char*>(data), size});
  if (!route) {
    SEINE_CHECK(route.error().message.starts_with("expected "), "a refusal says what is expected");
    return 0;
  }
  SEINE_CHECK(parse_declared_route(to_text(*route)) == *route, "what was read can be written");
  const NoHeaders headers;
  const std::string method = route->method.empty() ? "GET" : route->method;
  const RequestView request{.host = "web",
                            .path = route->path,
                            .method = method,
                            .headers = headers};
  SEINE_CHECK(http_match(*route).match(request), "a route is taken by its own requests");
  if (const auto grpc = grpc_match(*route)) {
    SEINE_CHECK(route->path == "/*" || grpc->match(request), "and by its own calls");
  }
  return 0;
}
