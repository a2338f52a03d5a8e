// SPDX-License-Identifier: Apache-2.0
#include "json/fields.h"

#include <gtest/gtest.h>

namespace seine::json {
namespace {

TEST(Fields, reads_members_and_finishes_without_an_error) {
  const Value value =
      parse(R"({"name": "web", "port": 80, "ready": true, "ips": ["a"], "labels": {"k": "v"}})")
          .value();
  Fields fields(value, "workloads[0]");
  EXPECT_EQ(fields.text("name"), "web");
  EXPECT_EQ(fields.integer("port", 1, 65535), 80);
  EXPECT_TRUE(fields.boolean_or("ready", false));
  EXPECT_EQ(fields.texts_or_empty("ips"), std::vector<std::string>{"a"});
  EXPECT_EQ(fields.text_map_or_empty("labels").at(0).second, "v");
  EXPECT_EQ(fields.text_or("version", "none"), "none");
  EXPECT_EQ(fields.integer_or("weight", 7, 0, 10), 7);
  EXPECT_TRUE(fields.array_or_empty("nothing").empty());
  EXPECT_TRUE(fields.finish());
}

std::string first_error(std::string_view text, void (*decode)(Fields&)) {
  const Value value = parse(text).value();
  Fields fields(value, "a[0]");
  decode(fields);
  const auto done = fields.finish();
  EXPECT_FALSE(done) << text;
  return done ? "" : done.error().message;
}

TEST(Fields, names_the_path_and_the_first_mistake) {
  EXPECT_EQ(first_error(R"({"x": 1})", [](Fields& f) { f.text("x"); }),
            "a[0].x must be a string, not an integer");
  EXPECT_EQ(first_error(R"({"x": ""})", [](Fields& f) { f.text("x"); }), "a[0].x is empty");
  EXPECT_EQ(first_error("{}", [](Fields& f) { f.text("x"); }), "a[0].x is missing");
  EXPECT_EQ(first_error("{}", [](Fields& f) { f.integer("x", 1, 2); }), "a[0].x is missing");
  EXPECT_EQ(first_error(R"({"x": 3})", [](Fields& f) { f.integer("x", 1, 2); }),
            "a[0].x must be from 1 to 2, not 3");
  EXPECT_EQ(first_error(R"({"x": [1]})", [](Fields& f) { f.texts_or_empty("x"); }),
            "a[0].x must hold strings only");
  EXPECT_EQ(first_error(R"({"x": [1, 3]})", [](Fields& f) { f.integers_or_empty("x", 1, 2); }),
            "a[0].x must hold integers from 1 to 2 only");
  EXPECT_EQ(first_error(R"({"x": [{}, {"y": 1}]})",
                        [](Fields& f) { f.list_or_empty<int>("x", 2, [](Fields&) { return 0; }); }),
            "a[0].x[1].y is not a known setting");
  EXPECT_EQ(first_error(R"({"x": [{}, {}]})",
                        [](Fields& f) { f.list_or_empty<int>("x", 1, [](Fields&) { return 0; }); }),
            "a[0].x has more than 1 elements");
  EXPECT_EQ(first_error(R"({"x": 1})", [](Fields& f) { f.boolean_or("x", true); }),
            "a[0].x must be true or false, not an integer");
  EXPECT_EQ(first_error("[]", [](Fields& f) { f.text("x"); }),
            "a[0] must be an object, not an array");
}

TEST(Fields, refuses_members_nobody_asked_for) {
  EXPECT_EQ(first_error(R"({"nmae": "web"})", [](Fields& f) { f.text_or("name", ""); }),
            "a[0].nmae is not a known setting");
}

}  // namespace
}  // namespace seine::json
