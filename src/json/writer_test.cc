// SPDX-License-Identifier: Apache-2.0
#include "json/writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace seine::json {
namespace {

TEST(JsonWriter, puts_commas_where_they_belong) {
  Writer out;
  out.begin_object().key("a").begin_array().integer(1).integer(-2).begin_object().end_object();
  out.end_array().key("b").boolean(false).key("c").null().end_object();
  EXPECT_EQ(std::move(out).take(), R"({"a":[1,-2,{}],"b":false,"c":null})");
}

TEST(JsonWriter, escapes_what_must_not_stand_in_a_string) {
  Writer out;
  out.string(std::string_view("a\"\\\n\x01\x7f\x00", 7));
  EXPECT_EQ(std::move(out).take(), R"("a\"\\\n\u0001\u007f\u0000")");
}

TEST(JsonWriter, replaces_bytes_that_are_not_utf8) {
  Writer out;
  out.string("\xc3\xa9\xff\xed\xa0\x80\xf0\x9f\x98\x80\xc3");
  EXPECT_EQ(
      std::move(out).take(),
      "\"\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbd\"");
}

TEST(JsonWriter, writes_doubles_that_read_back_as_doubles) {
  Writer out;
  out.begin_array().number(1).number(0.1).number(1e300);
  out.number(std::numeric_limits<double>::infinity()).end_array();
  EXPECT_EQ(std::move(out).take(), "[1.0,0.1,1e+300,null]");
}

}  // namespace
}  // namespace seine::json
