// SPDX-License-Identifier: Apache-2.0
#include "model/declared_route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/route.h"

namespace seine::model {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class NoHeaders final : public HeaderSource {
 public:
  std::optional<std::string_view> value(std::string_view, std::size_t) const override {
    return std::nullopt;
  }
};

RequestView request(std::string_view method, std::string_view path) {
  static const NoHeaders headers;
  return {.host = "web", .path = path, .method = method, .headers = headers};
}

DeclaredRoute parsed(std::string_view text) {
  const auto route = parse_declared_route(text);
  EXPECT_TRUE(route) << text << ": " << route.error().message;
  return route.value_or(DeclaredRoute{});
}

std::vector<DeclaredRoute> all(std::initializer_list<std::string_view> texts) {
  std::vector<DeclaredRoute> out;
  for (const std::string_view text : texts) out.push_back(parsed(text));
  return out;
}

TEST(DeclaredRoute, is_a_name_a_method_and_a_path) {
  EXPECT_EQ(parsed("purchase=POST:/purchase"), (DeclaredRoute{"purchase", "POST", "/purchase"}));
  EXPECT_EQ(parsed("cart-2=*:/cart/*"), (DeclaredRoute{"cart-2", "", "/cart/*"}));
  EXPECT_EQ(parsed("all=M-SEARCH:/*"), (DeclaredRoute{"all", "M-SEARCH", "/*"}));
  EXPECT_EQ(parsed("odd=GET:/a=b:c"), (DeclaredRoute{"odd", "GET", "/a=b:c"}));
}

TEST(DeclaredRoute, of_grpc_is_a_post) {
  EXPECT_EQ(parsed("r=grpc:shop.Ledger/Record"), parsed("r=POST:/shop.Ledger/Record"));
  EXPECT_EQ(parsed("r=grpc:shop.Ledger/*"), parsed("r=POST:/shop.Ledger/*"));
}

TEST(DeclaredRoute, is_written_as_it_is_read) {
  for (const std::string_view text : {"purchase=POST:/purchase", "cart=*:/cart/*", "all=GET:/*"}) {
    EXPECT_EQ(to_text(parsed(text)), text);
  }
}

TEST(DeclaredRoute, that_cannot_be_is_refused_with_what_was_expected) {
  const auto refusal = [](std::string_view text) {
    const auto route = parse_declared_route(text);
    EXPECT_FALSE(route) << text;
    return route ? std::string() : route.error().message;
  };
  for (const char* text : {"", "purchase", "purchase=POST", "POST:/purchase"}) {
    EXPECT_THAT(refusal(text), HasSubstr("NAME=METHOD:PATH")) << text;
  }
  for (const char* text : {"=GET:/", "Buy=GET:/", "-a=GET:/", "a-=GET:/", "a.b=GET:/"}) {
    EXPECT_THAT(refusal(text), HasSubstr("a name of")) << text;
  }
  EXPECT_THAT(refusal(std::string(64, 'a') + "=GET:/"), HasSubstr("a name of"));
  for (const char* text : {"a=:/", "a=get:/", "a=G*:/", "a=GET,PUT:/"}) {
    EXPECT_THAT(refusal(text), HasSubstr("a method in capitals")) << text;
  }
  EXPECT_THAT(refusal("a=" + std::string(33, 'A') + ":/"), HasSubstr("a method in capitals"));
  for (const char* text : {"a=grpc:Record", "a=grpc:/shop.Ledger/Record", "a=grpc:Ledger/"}) {
    EXPECT_THAT(refusal(text), HasSubstr("package.Service/Method")) << text;
  }
  for (const char* text : {"a=GET:", "a=GET:x", "a=GET:*", "a=GET:/x?y", "a=GET:/x#y", "a=GET:/x y",
                           "a=GET:/*/x", "a=GET:/x*", "a=GET://*", "a=GET:/\xc3\xa9"}) {
    EXPECT_THAT(refusal(text), HasSubstr("a path that opens with '/'")) << text;
  }
  EXPECT_TRUE(parse_declared_route("a=GET:/" + std::string(511, 'x')));
  EXPECT_THAT(refusal("a=GET:/" + std::string(512, 'x')), StartsWith("expected "));
}

TEST(DeclaredRoutes, name_each_request_once) {
  const auto refusal = [](const std::vector<DeclaredRoute>& routes) {
    const auto checked = check_declared_routes(routes);
    return checked ? std::string() : checked.error().message;
  };
  EXPECT_EQ(refusal(all({"a=GET:/a", "b=POST:/a", "c=*:/a", "d=GET:/a/*"})), "");
  EXPECT_EQ(refusal(all({"a=GET:/a", "a=GET:/b"})), "the route \"a=GET:/b\" has another's name");
  EXPECT_EQ(refusal(all({"a=GET:/a", "b=GET:/a"})),
            "the route \"b=GET:/a\" is of requests that another has named");
  std::vector<DeclaredRoute> many;
  for (int i = 0; i < 33; ++i) {
    many.push_back(parsed("r" + std::to_string(i) + "=GET:/" + std::to_string(i)));
  }
  EXPECT_EQ(refusal(many), "a program has at most 32 routes");
  many.pop_back();
  EXPECT_EQ(refusal(many), "");
}

// Who takes the first that matches finds what find_route() finds, whatever the order was.
TEST(DeclaredRoutes, sorted_by_precision_are_found_as_they_stand) {
  auto routes = all({"everything=*:/*", "cart=*:/cart/*", "pay=POST:/cart/pay",
                     "cart-itself=*:/cart", "any-pay=*:/cart/pay", "posts=POST:/cart/*"});
  std::ranges::sort(routes);
  do {
    auto sorted = routes;
    sort_by_precision(sorted);
    std::vector<Route<HttpMatch, int>> found_in;
    for (const DeclaredRoute& route : sorted) {
      found_in.push_back(
          {.meta = route_metadata(route, "shop"), .rules = {{{http_match(route)}, 0}}});
    }
    const auto found = [&](std::string_view method, std::string_view path) {
      const auto best = find_route<Route<HttpMatch, int>>(found_in, request(method, path));
      for (const DeclaredRoute& route : sorted) {
        if (!http_match(route).match(request(method, path))) continue;
        EXPECT_EQ(best->route->meta.name, route.name) << method << path;
        break;
      }
      return best->route->meta.name;
    };
    ASSERT_EQ(found("POST", "/cart/pay"), "pay");
    ASSERT_EQ(found("PUT", "/cart/pay"), "any-pay");
    ASSERT_EQ(found("POST", "/cart/pay/more"), "posts");
    ASSERT_EQ(found("GET", "/cart"), "cart-itself");
    ASSERT_EQ(found("GET", "/cart/x"), "cart");
    ASSERT_EQ(found("GET", "/carts"), "everything");
    ASSERT_EQ(found("PUT", "/"), "everything");
  } while (std::ranges::next_permutation(routes).found);
}

TEST(DeclaredRoute, is_an_http_route_of_its_services_namespace) {
  const Metadata meta = route_metadata(parsed("purchase=POST:/purchase"), "shop");
  EXPECT_EQ(meta.group, "gateway.networking.k8s.io");
  EXPECT_EQ(meta.kind, "HTTPRoute");
  EXPECT_EQ(meta.name, "purchase");
  EXPECT_EQ(meta.ns, "shop");
}

TEST(DeclaredRoute, is_matched_by_calls_of_grpc_where_they_can_be_meant) {
  const auto takes = [](std::string_view route, std::string_view path) {
    const auto match = grpc_match(parsed(route));
    return match && match->match(request("POST", path)).has_value();
  };
  EXPECT_TRUE(takes("a=grpc:shop.Ledger/Record", "/shop.Ledger/Record"));
  EXPECT_FALSE(takes("a=grpc:shop.Ledger/Record", "/shop.Ledger/Statement"));
  EXPECT_TRUE(takes("a=*:/shop.Ledger/*", "/shop.Ledger/Statement"));
  EXPECT_FALSE(takes("a=*:/shop.Ledger/*", "/shop.Other/Statement"));
  EXPECT_TRUE(takes("a=*:/*", "/shop.Other/Statement"));
  for (const char* none : {"a=GET:/shop.Ledger/Record", "a=POST:/purchase", "a=POST:/",
                           "a=POST:/x/", "a=POST:/x/y/*", "a=POST://y"}) {
    EXPECT_FALSE(grpc_match(parsed(none))) << none;
  }
}

}  // namespace
}  // namespace seine::model
