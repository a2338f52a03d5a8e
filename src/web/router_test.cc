// SPDX-License-Identifier: Apache-2.0
#include "web/router.h"

#include <gtest/gtest.h>

namespace seine::web {
namespace {

struct Api {
  runtime::Task<Result<Reply>> nothing(const Call&) { co_return Reply{}; }
};

// Adds a route that nobody calls.
void add(Router& router, std::string_view method, std::string_view pattern) {
  static Api api;
  router.add(method, pattern, handler<&Api::nothing>(api));
}

// The pattern that answers, with what its parameters are.
std::string found(Router& router, std::string_view method, std::string_view path) {
  const auto match = router.find(method, *parse_target(path));
  if (!match) return "nothing";
  if (match->route == nullptr) return "only " + match->allowed;
  std::string out = match->route->method;
  for (const std::string& segment : match->route->pattern) out += "/" + segment;
  for (const auto& [name, value] : match->parameters) out += " " + std::string(name) + "=" + value;
  return out;
}

TEST(Router, finds_by_method_and_path) {
  Router router;
  add(router, "GET", "/api/services");
  add(router, "POST", "/api/services");
  add(router, "GET", "/api/services/{ns}/{name}");
  EXPECT_EQ(found(router, "GET", "/api/services?x=1"), "GET/api/services");
  EXPECT_EQ(found(router, "POST", "/api/services"), "POST/api/services");
  EXPECT_EQ(found(router, "GET", "/api/services/shop/pay%20ments"),
            "GET/api/services/{ns}/{name} ns=shop name=pay ments");
  EXPECT_EQ(found(router, "DELETE", "/api/services"), "only GET, POST");
  for (const char* path : {"/", "/api", "/api/services/", "/api/services/shop", "/API/services",
                           "/api/services/a/b/c"}) {
    EXPECT_EQ(found(router, "GET", path), "nothing") << path;
  }
}

TEST(Router, prefers_words_to_parameters_whatever_the_order) {
  for (const bool is_turned : {false, true}) {
    Router router;
    std::vector<std::string> patterns{"/api/{kind}/all", "/api/events/{id}", "/api/{kind}/{id}"};
    if (is_turned) std::ranges::reverse(patterns);
    for (const std::string& pattern : patterns) add(router, "GET", pattern);
    EXPECT_EQ(found(router, "GET", "/api/events/all"), "GET/api/events/{id} id=all");
    EXPECT_EQ(found(router, "GET", "/api/x/all"), "GET/api/{kind}/all kind=x");
    EXPECT_EQ(found(router, "GET", "/api/x/y"), "GET/api/{kind}/{id} kind=x id=y");
  }
}

TEST(Router, answers_head_as_get_unless_there_is_one) {
  Router router;
  add(router, "GET", "/api/a");
  add(router, "GET", "/api/b");
  add(router, "HEAD", "/api/b");
  EXPECT_EQ(found(router, "HEAD", "/api/a"), "GET/api/a");
  EXPECT_EQ(found(router, "HEAD", "/api/b"), "HEAD/api/b");
  EXPECT_EQ(found(router, "GET", "/api/b"), "GET/api/b");
}

TEST(RouterDeath, two_handlers_of_one_path_are_a_bug) {
  Router router;
  add(router, "GET", "/api/{a}");
  add(router, "POST", "/api/{a}");
  EXPECT_DEATH(add(router, "GET", "/api/{b}"), "one handler");
  EXPECT_DEATH(add(router, "GET", "api"), "a path");
}

}  // namespace
}  // namespace seine::web
