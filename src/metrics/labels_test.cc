// SPDX-License-Identifier: Apache-2.0
#include "metrics/labels.h"

#include "gtest/gtest.h"

namespace seine::metrics {
namespace {

std::string written(std::string_view value) {
  return std::move(LabelWriter().add("a", value)).take();
}

TEST(LabelWriter, separates_labels_by_commas) {
  LabelWriter labels;
  labels.add("a", "x").add("port", std::uint64_t{80}).add("empty", "");
  EXPECT_EQ(labels.text(), R"(a="x",port="80",empty="")");
}

TEST(LabelWriter, escapes_what_would_end_the_value) {
  EXPECT_EQ(written("a\\b\"c\nd"), R"(a="a\\b\"c\nd")");
}

TEST(LabelWriter, keeps_utf8_and_replaces_what_is_not) {
  EXPECT_EQ(written("h\u00e9\u20ac\U0001f600"), "a=\"h\u00e9\u20ac\U0001f600\"");
  EXPECT_EQ(written("\x80"), "a=\"\ufffd\"");
  EXPECT_EQ(written("\xc0\xaf"), "a=\"\ufffd\ufffd\"");
  EXPECT_EQ(written("\xed\xa0\x80"), "a=\"\ufffd\ufffd\ufffd\"");
  EXPECT_EQ(written("\xf4\x90\x80\x80"), "a=\"\ufffd\ufffd\ufffd\ufffd\"");
  EXPECT_EQ(written("\xe2\x82"), "a=\"\ufffd\ufffd\"");
  EXPECT_EQ(written("\t\x7f\r"), "a=\"\ufffd\ufffd\ufffd\"");
}

TEST(LabelWriter, cuts_long_values_between_characters) {
  EXPECT_EQ(written(std::string(kMaxLabelValue, 'x')),
            "a=\"" + std::string(kMaxLabelValue, 'x') + "\"");
  EXPECT_EQ(written(std::string(kMaxLabelValue + 1, 'x')),
            "a=\"" + std::string(kMaxLabelValue, 'x') + "...\"");
  const std::string edge = std::string(kMaxLabelValue - 1, 'x');
  EXPECT_EQ(written(edge + "\u00e9"), "a=\"" + edge + "...\"");
}

}  // namespace
}  // namespace seine::metrics
