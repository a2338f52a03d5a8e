// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/dive_folders.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"

namespace seine::cli {
namespace {

class DiveFoldersTest : public ::testing::Test {
 protected:
  DiveFoldersTest() {
    char name[] = "/tmp/seine-dive-folders-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~DiveFoldersTest() override { std::filesystem::remove_all(folder_); }
  std::string in(const std::string& name) const { return folder_ + "/" + name; }
  static struct stat look(const std::string& path) {
    struct stat found{};
    EXPECT_EQ(::lstat(path.c_str(), &found), 0) << path;
    return found;
  }

  std::string folder_;
};

TEST_F(DiveFoldersTest, are_made_closed_to_others_and_kept_as_they_are) {
  const netns::Identity us = netns::current_identity();
  ASSERT_TRUE(prepare_folder(in("dive"), us));
  EXPECT_EQ(look(in("dive")).st_mode & 0777, 0700u);
  ASSERT_TRUE(replace_file(in("dive/dive.db"), "rows", 0600));
  EXPECT_TRUE(prepare_folder(in("dive"), us));
  EXPECT_EQ(read_file(in("dive/dive.db"), 100).value(), "rows");
}

TEST_F(DiveFoldersTest, that_are_open_or_no_folder_are_refused) {
  const netns::Identity us = netns::current_identity();
  ASSERT_EQ(::mkdir(in("open").c_str(), 0700), 0);
  ASSERT_EQ(::chmod(in("open").c_str(), 0750), 0);
  const auto open = prepare_folder(in("open"), us);
  ASSERT_FALSE(open);
  EXPECT_NE(open.error().message.find("chmod 700"), std::string::npos);
  ASSERT_EQ(::symlink("/tmp", in("link").c_str()), 0);
  EXPECT_FALSE(prepare_folder(in("link"), us));
  EXPECT_FALSE(prepare_folder(in("no/such/parent"), us));
}

TEST_F(DiveFoldersTest, go_to_who_runs_dive_now_and_links_are_not_followed) {
  const netns::Identity us = netns::current_identity();
  const netns::Identity ada{.uid = 42117, .gid = 42118, .groups = {}};
  ASSERT_TRUE(prepare_folder(in("dive"), us));
  ASSERT_TRUE(replace_file(in("dive/dive.db"), "rows", 0600));
  ASSERT_TRUE(replace_file(in("other"), "ours", 0600));
  ASSERT_EQ(::symlink(in("other").c_str(), in("dive/link").c_str()), 0);
  const auto given = prepare_folder(in("dive"), ada);
  if (us.uid != 0) {
    EXPECT_FALSE(given);
    return;
  }
  ASSERT_TRUE(given);
  EXPECT_EQ(look(in("dive")).st_uid, ada.uid);
  EXPECT_EQ(look(in("dive/dive.db")).st_uid, ada.uid);
  EXPECT_EQ(look(in("dive/dive.db")).st_gid, ada.gid);
  EXPECT_EQ(look(in("other")).st_uid, 0u);
}

TEST(DiveNotes, say_a_url_and_are_read_back) {
  const SocketAddr addr{IpAddress::v4(0x7f000001), 50750};
  EXPECT_EQ(render_note(web_url(addr)), "{\"url\":\"http://127.0.0.1:50750\"}\n");
  EXPECT_EQ(parse_note(render_note(web_url(addr))).value(), "http://127.0.0.1:50750");
  // What a later version adds is no error.
  EXPECT_TRUE(parse_note(R"({"url":"http://[::1]:1","since":3})"));
  for (const char* text :
       {"", "{}", "[]", R"({"url":7})", R"({"url":""})", R"({"url":"file:///etc/passwd"})"}) {
    const auto parsed = parse_note(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kProtocol) << text;
  }
  EXPECT_EQ(read_note("/no/such/note").error().code, ErrorCode::kUnavailable);
}

TEST(JoinTokens, are_asked_for_a_cluster_whatever_it_is_called) {
  EXPECT_EQ(join_token_request("a\"b"), R"({"cluster":"a\"b"})");
}

TEST(JoinTokens, are_one_word) {
  EXPECT_EQ(parse_join_token(R"({"token":"seine-x_Y-1","expires_ms":5})").value(), "seine-x_Y-1");
  for (const char* text :
       {"", "{}", R"({"token":""})", R"({"token":"a b"})", R"({"token":"a\nb"})"}) {
    EXPECT_FALSE(parse_join_token(text)) << text;
  }
}

}  // namespace
}  // namespace seine::cli
