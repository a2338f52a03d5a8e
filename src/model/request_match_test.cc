// SPDX-License-Identifier: Apache-2.0
#include "model/request_match.h"

#include <utility>

#include "gtest/gtest.h"

namespace seine::model {
namespace {

class Fields final : public HeaderSource {
 public:
  Fields(std::initializer_list<std::pair<std::string_view, std::string_view>> fields)
      : fields_(fields) {}
  std::optional<std::string_view> value(std::string_view name, std::size_t index) const override {
    for (const auto& [field, value] : fields_) {
      if (field == name && index-- == 0) return value;
    }
    return std::nullopt;
  }

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
};

const Fields kNoFields = {};

PathMatch prefix(std::string path) {
  return {PathMatch::Prefix{std::move(path)}};
}
PathMatch exact(std::string path) {
  return {PathMatch::Exact{std::move(path)}};
}
Regex regex(std::string_view pattern) {
  return Regex::compile(pattern).value();
}

bool matches_query(const ValueMatch& match, std::string_view query) {
  return HttpMatch{.query = {match}}.match({"h", "/", query, "GET", kNoFields}).has_value();
}

TEST(HostMatch, compares_names_in_any_case) {
  const HostMatch match{HostMatch::Kind::kExact, "a.example.com"};
  EXPECT_TRUE(match.matches("A.Example.COM"));
  EXPECT_TRUE(match.matches("a.example.com."));
  EXPECT_FALSE(match.matches("b.a.example.com"));
  EXPECT_FALSE(match.matches(""));
}

TEST(HostMatch, takes_suffixes_on_label_boundaries) {
  const HostMatch match{HostMatch::Kind::kSuffix, "example.com"};
  EXPECT_TRUE(match.matches("a.example.com"));
  EXPECT_TRUE(match.matches("a.b.EXAMPLE.com"));
  EXPECT_FALSE(match.matches("example.com"));
  EXPECT_FALSE(match.matches(".example.com"));
  EXPECT_FALSE(match.matches("badexample.com"));
  EXPECT_FALSE(match.matches("a.example.com.org"));
}

TEST(PathMatch, takes_prefixes_on_segment_boundaries) {
  EXPECT_EQ(prefix("/a").match("/a"), 2U);
  EXPECT_EQ(prefix("/a").match("/a/b"), 2U);
  EXPECT_EQ(prefix("/a").match("/ab"), std::nullopt);
  EXPECT_EQ(prefix("/a/").match("/a"), 3U);
  EXPECT_EQ(prefix("/a/").match("/a/b"), 3U);
  EXPECT_EQ(prefix("/a/").match("/ab"), std::nullopt);
  EXPECT_EQ(prefix("/").match("/anything"), 1U);
  EXPECT_EQ(prefix("/A").match("/a"), std::nullopt);
}

TEST(PathMatch, takes_exact_paths_and_whole_expressions) {
  EXPECT_EQ(exact("/a").match("/a"), 2U);
  EXPECT_EQ(exact("/a").match("/a/"), std::nullopt);
  EXPECT_EQ(PathMatch{regex("/[a-z]+")}.match("/abc"), 4U);
  EXPECT_EQ(PathMatch{regex("/[a-z]+")}.match("/abc/"), std::nullopt);
}

TEST(HttpMatch, wants_all_that_is_set) {
  const Fields fields = {{"x", "1"}, {"x", "2"}, {"y", "abc"}};
  const RequestView request{"h", "/a/b", "q=1", "GET", fields};
  EXPECT_EQ(HttpMatch{}.match(request), (Rank{0, 0, 0, 0, 0, 0}));
  const HttpMatch full{.path = prefix("/a"),
                       .headers = {{"x", "2"}, {"y", regex("a.*")}},
                       .query = {{"q", "1"}},
                       .method = "GET"};
  EXPECT_EQ(full.match(request), (Rank{0, 0, 2, 2, 1, 1}));
  EXPECT_FALSE(full.match({"h", "/a/b", "q=1", "POST", fields}).has_value());
  EXPECT_FALSE(full.match({"h", "/b", "q=1", "GET", fields}).has_value());
  EXPECT_FALSE(full.match({"h", "/a/b", "q=2", "GET", fields}).has_value());
  EXPECT_FALSE(full.match({"h", "/a/b", "q=1", "GET", kNoFields}).has_value());
  EXPECT_FALSE((HttpMatch{.headers = {{"y", regex("b.*")}}}).match(request).has_value());
}

TEST(HttpMatch, reads_query_parameters_as_forms_write_them) {
  EXPECT_TRUE(matches_query({"q", "a b&c"}, "x=1&q=a+b%26c"));
  EXPECT_TRUE(matches_query({"q", "2"}, "q=1&q=2"));
  EXPECT_TRUE(matches_query({"q", ""}, "q"));
  EXPECT_TRUE(matches_query({"q", "100%"}, "q=100%"));
  EXPECT_TRUE(matches_query({"q", "%zz"}, "q=%zz"));
  EXPECT_TRUE(matches_query({"q r", "1"}, "q%20r=1"));
  EXPECT_TRUE(matches_query({"q", "a=b"}, "&&q=a=b&"));
  EXPECT_TRUE(matches_query({"q", regex("[0-9]+")}, "q=17"));
  EXPECT_FALSE(matches_query({"q", "1"}, "Q=1"));
  EXPECT_FALSE(matches_query({"q", "1"}, ""));
  EXPECT_FALSE(matches_query({"q", regex("[0-9]+")}, "q=17a"));
}

TEST(GrpcMatch, reads_service_and_method_from_the_path) {
  const Fields fields = {{"x", "1"}};
  const RequestView request{"h", "/shop.Cart/Add", "", "POST", fields};
  EXPECT_EQ(GrpcMatch{}.match(request), (Rank{0, 0, 0, 0, 0, 0}));
  EXPECT_EQ((GrpcMatch{.service = "shop.Cart"}).match(request), (Rank{0, 0, 9, 0, 0, 0}));
  EXPECT_EQ((GrpcMatch{.method = "Add"}).match(request), (Rank{0, 0, 0, 3, 0, 0}));
  EXPECT_EQ((GrpcMatch{"shop.Cart", "Add", {{"x", "1"}}}).match(request), (Rank{0, 0, 9, 3, 1, 0}));
  EXPECT_FALSE((GrpcMatch{.service = "shop"}).match(request).has_value());
  EXPECT_FALSE((GrpcMatch{.method = "add"}).match(request).has_value());
  EXPECT_FALSE((GrpcMatch{.headers = {{"x", "2"}}}).match(request).has_value());
  EXPECT_FALSE(GrpcMatch{}.match({"h", "/shop.Cart", "", "POST", fields}).has_value());
  EXPECT_FALSE(GrpcMatch{}.match({"h", "*", "", "OPTIONS", fields}).has_value());
}

}  // namespace
}  // namespace seine::model
