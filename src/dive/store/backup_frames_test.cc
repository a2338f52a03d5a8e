// SPDX-License-Identifier: Apache-2.0
#include "dive/store/backup_frames.h"

#include <limits>

#include "gtest/gtest.h"

namespace seine::dive {
namespace {

TEST(BackupFramesTest, every_content_comes_back_as_it_went_in) {
  const std::vector<BackupContent> contents = {
      BackupHeader{.form = 1, .schema = 3, .made = 1795348800000},
      BackupTable{.name = "series", .columns = {"cluster", "id", "name"}},
      BackupRows{{{std::int64_t{-5}, "text", sql::Blob(3, std::byte{0})},
                  {sql::Null{}, 0.5, std::numeric_limits<std::int64_t>::min()},
                  {"", sql::Blob{}, std::numeric_limits<std::int64_t>::max()}}},
      BackupEnd{3}};
  for (const BackupContent& content : contents) {
    const sql::Blob bytes = encode_content(content);
    const auto read = decode_content(bytes, 3);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(*read, content);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(decode_content(std::span(bytes).first(size), 3).has_value());
    }
  }
}

TEST(BackupFramesTest, rows_of_no_columns_are_none) {
  const sql::Blob bytes = {std::byte{3}, std::byte{127}};
  EXPECT_FALSE(decode_content(bytes, 0).has_value());
}

TEST(BackupFramesTest, a_digest_depends_on_everything_before) {
  const sql::Blob one(1, std::byte{1}), two(1, std::byte{2});
  EXPECT_NE(chain(chain({}, one), two), chain(chain({}, two), one));
  EXPECT_NE(chain({}, one), chain({}, two));
}

}  // namespace
}  // namespace seine::dive
