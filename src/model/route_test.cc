// SPDX-License-Identifier: Apache-2.0
#include "model/route.h"

#include "gtest/gtest.h"

namespace seine::model {
namespace {

// A policy that says which rule it is.
using TestRoute = Route<HttpMatch, std::string>;

class Fields final : public HeaderSource {
 public:
  std::optional<std::string_view> value(std::string_view name, std::size_t index) const override {
    return name == "x" && index == 0 ? std::optional<std::string_view>("1") : std::nullopt;
  }
};

HttpMatch path(std::string prefix) {
  return {.path = PathMatch{PathMatch::Prefix{std::move(prefix)}}};
}
TestRoute route(std::vector<HostMatch> hosts, std::vector<TestRoute::RuleType> rules) {
  return {.hosts = std::move(hosts), .rules = std::move(rules)};
}
HostMatch exact(std::string name) {
  return {HostMatch::Kind::kExact, std::move(name)};
}
HostMatch suffix(std::string name) {
  return {HostMatch::Kind::kSuffix, std::move(name)};
}

// The rule that GET `host``path` takes, or "404".
std::string taken(const std::vector<TestRoute>& routes, std::string_view host,
                  std::string_view request_path) {
  const Fields fields;
  const auto found = find_route<TestRoute>(routes, {host, request_path, "q=1", "GET", fields});
  return found ? found->rule->policy : "404";
}

TEST(FindRoute, prefers_exact_hosts_then_longer_suffixes_then_no_host) {
  const std::vector<TestRoute> routes = {
      route({}, {{{path("/very/long/path")}, "any"}}),
      route({suffix("com")}, {{{path("/very")}, "short"}}),
      route({suffix("example.com"), suffix("org")}, {{{}, "long"}}),
      route({exact("a.example.com")}, {{{}, "exact"}}),
  };
  EXPECT_EQ(taken(routes, "A.example.com", "/very/long/path"), "exact");
  EXPECT_EQ(taken(routes, "b.example.com", "/very/long/path"), "long");
  EXPECT_EQ(taken(routes, "b.com", "/very/long/path"), "short");
  EXPECT_EQ(taken(routes, "net", "/very/long/path"), "any");
  EXPECT_EQ(taken(routes, "net", "/"), "404");
}

// As CONNECT has none.
TEST(FindRoute, a_request_without_a_path_takes_only_rules_for_every_path) {
  const TestRoute particular = route(
      {},
      {{{path("/a")}, "prefix"}, {{HttpMatch{.path = PathMatch{PathMatch::Exact{"/"}}}}, "exact"}});
  EXPECT_EQ(taken({particular}, "db.shop", ""), "404");
  EXPECT_EQ(taken({particular, route({}, {{{path("/")}, "root"}})}, "db.shop", ""), "root");
  EXPECT_EQ(taken({particular, route({}, {{{}, "any"}})}, "", ""), "any");
}

TEST(FindRoute, prefers_longer_paths_whatever_their_kind) {
  const std::vector<TestRoute> routes = {
      route({}, {{{path("/a")}, "prefix"},
                 {{HttpMatch{.path = PathMatch{Regex::compile("/a/b.*").value()}}}, "regex"},
                 {{HttpMatch{.path = PathMatch{PathMatch::Exact{"/a/b"}}}}, "exact"}})};
  EXPECT_EQ(taken(routes, "h", "/a/c"), "prefix");
  // The expression and the exact path both cover four bytes: the first listed is taken.
  EXPECT_EQ(taken(routes, "h", "/a/b"), "regex");
}

TEST(FindRoute, then_counts_headers_then_query_then_method) {
  HttpMatch headers = path("/a");
  headers.headers = {{"x", "1"}};
  HttpMatch query = path("/a");
  query.query = {{"q", "1"}};
  HttpMatch method = path("/a");
  method.method = "GET";
  const auto rules = [](std::vector<std::pair<HttpMatch, std::string>> list) {
    std::vector<TestRoute::RuleType> out;
    for (auto& [match, name] : list) out.push_back({{match}, name});
    return std::vector<TestRoute>{route({}, std::move(out))};
  };
  EXPECT_EQ(taken(rules({{method, "method"}, {query, "query"}, {headers, "headers"}}), "h", "/a"),
            "headers");
  EXPECT_EQ(taken(rules({{method, "method"}, {query, "query"}}), "h", "/a"), "query");
  EXPECT_EQ(taken(rules({{path("/a"), "path"}, {method, "method"}}), "h", "/a"), "method");
}

TEST(FindRoute, takes_the_first_of_equals) {
  const std::vector<TestRoute> routes = {route({}, {{{path("/a")}, "first"}, {{}, "all"}}),
                                         route({}, {{{path("/a")}, "second"}})};
  EXPECT_EQ(taken(routes, "h", "/a"), "first");
  EXPECT_EQ(taken(routes, "h", "/b"), "all");
}

TEST(FindRoute, takes_the_best_match_of_a_rule) {
  const std::vector<TestRoute> routes = {
      route({}, {{{path("/a/b"), path("/a")}, "both"}, {{path("/a/")}, "middle"}})};
  const Fields fields;
  const auto found = find_route<TestRoute>(routes, {"h", "/a/b", "", "GET", fields});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->rule->policy, "both");
  EXPECT_EQ(found->match, &routes[0].rules[0].matches[0]);
  EXPECT_EQ(found->route, &routes[0]);
  EXPECT_EQ(taken(routes, "h", "/a/c"), "middle");
}

TEST(FindRoute, finds_nothing_without_rules) {
  EXPECT_EQ(taken({}, "h", "/"), "404");
  EXPECT_EQ(taken({route({}, {})}, "h", "/"), "404");
}

}  // namespace
}  // namespace seine::model
