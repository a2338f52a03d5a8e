// SPDX-License-Identifier: Apache-2.0
#include "web/assets.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/temporary_folder.h"
#include "runtime/testing/test_loop.h"

namespace seine::web {
namespace {

namespace fs = std::filesystem;

class AssetsTest : public ::testing::Test {
 protected:
  void write(const std::string& path, std::string_view content) const {
    const fs::path file = folder_->path() + path;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
  }
  Assets load() const {
    auto assets = Assets::load(folder_->path());
    EXPECT_TRUE(assets) << assets.error().message;
    return assets ? *std::move(assets) : Assets();
  }
  // The answer, or 404 of its own; a header by name, all of the content as "content".
  std::string answered(const Assets& assets, std::string_view path, std::string_view header,
                       std::string_view name = "", std::string_view value = "") {
    http::RequestHead head;
    if (!name.empty()) head.headers.add(name, value);
    auto response = assets.answer(path, head);
    if (!response) return "nothing";
    if (header == "status") return std::to_string(response->head.status);
    if (header != "content") return std::string(response->head.headers.get(header).value_or("-"));
    if (response->body == nullptr) return "";
    EXPECT_TRUE(response->body->length());
    return t_.run(http::collect(t_.loop, std::move(response->body), 1 << 20))->bytes;
  }

  runtime::testing::TestLoop t_;
  const Result<TemporaryFolder> folder_ = TemporaryFolder::make("seine-assets-test");
};

TEST_F(AssetsTest, are_the_files_of_a_folder_with_their_types) {
  write("/index.html", "<!doctype html>");
  write("/assets/index-Bx3f9a1c.js", "run()");
  write("/favicon.svg", "<svg/>");
  write("/empty.css", "");
  write("/LICENSE", "words");
  const Assets assets = load();
  EXPECT_EQ(assets.size(), 5u);
  EXPECT_EQ(answered(assets, "/", "content"), "<!doctype html>");
  EXPECT_EQ(answered(assets, "/index.html", "content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(answered(assets, "/assets/index-Bx3f9a1c.js", "content"), "run()");
  EXPECT_EQ(answered(assets, "/assets/index-Bx3f9a1c.js", "content-type"),
            "text/javascript; charset=utf-8");
  EXPECT_EQ(answered(assets, "/favicon.svg", "content-type"), "image/svg+xml");
  EXPECT_EQ(answered(assets, "/empty.css", "content"), "");
  EXPECT_EQ(answered(assets, "/LICENSE", "content-type"), "application/octet-stream");
  for (const char* path : {"/nothing", "/assets", "/assets/", "", "index.html", "/../etc/passwd"}) {
    EXPECT_EQ(answered(assets, path, "status"), "nothing") << path;
  }
}

TEST_F(AssetsTest, arrive_whole_however_large_they_are) {
  std::string large;
  while (large.size() < 300'000) large += std::to_string(large.size()) + ",";
  write("/large.json", large);
  const Assets assets = load();
  EXPECT_EQ(answered(assets, "/large.json", "content"), large);
}

TEST_F(AssetsTest, are_kept_forever_only_where_their_name_holds_their_digest) {
  write("/index.html", "x");
  write("/assets/index-Bx3f9a1c.js", "x");
  const Assets assets = load();
  EXPECT_EQ(answered(assets, "/assets/index-Bx3f9a1c.js", "cache-control"),
            "public, max-age=31536000, immutable");
  EXPECT_EQ(answered(assets, "/", "cache-control"), "no-cache");
  for (const char* path : {"/assets/a-12345678.js", "/assets/deep/a-_-_-_-_-.css.map"}) {
    EXPECT_TRUE(is_named_by_content(path)) << path;
  }
  for (const char* path :
       {"/index-Bx3f9a1c.js", "/assets/index.js", "/assets/-1234567.js", "/assets/a-1234567.js",
        "/assets/a-1234 678.js", "/assets/a-12345678", "/assets/12345678.js"}) {
    EXPECT_FALSE(is_named_by_content(path)) << path;
  }
}

TEST_F(AssetsTest, are_not_sent_again_to_who_has_them) {
  write("/a.txt", "one");
  write("/b.txt", "two");
  const Assets assets = load();
  const std::string etag = answered(assets, "/a.txt", "etag");
  EXPECT_NE(etag, answered(assets, "/b.txt", "etag"));
  EXPECT_EQ(etag, answered(load(), "/a.txt", "etag")) << "it is of the content";
  EXPECT_EQ(answered(assets, "/a.txt", "status", "if-none-match", etag), "304");
  EXPECT_EQ(answered(assets, "/a.txt", "content", "if-none-match", etag), "");
  EXPECT_EQ(answered(assets, "/a.txt", "etag", "if-none-match", etag), etag);
  EXPECT_EQ(answered(assets, "/b.txt", "status", "if-none-match", etag), "200");
}

TEST_F(AssetsTest, come_packed_to_who_takes_them_packed) {
  write("/a.js", "plain");
  write("/a.js.gz", "zipped");
  write("/a.js.br", "brotli");
  write("/b.js", "plain");
  write("/b.js.gz", "zipped");
  write("/lonely.gz", "itself");
  const Assets assets = load();
  EXPECT_EQ(assets.size(), 3u);
  EXPECT_EQ(answered(assets, "/a.js", "content"), "plain");
  EXPECT_EQ(answered(assets, "/a.js", "content", "accept-encoding", "gzip, br"), "brotli");
  EXPECT_EQ(answered(assets, "/a.js", "content-encoding", "accept-encoding", "gzip, br"), "br");
  EXPECT_EQ(answered(assets, "/a.js", "content", "accept-encoding", "gzip, br;q=0"), "zipped");
  EXPECT_EQ(answered(assets, "/b.js", "content", "accept-encoding", "br, gzip"), "zipped");
  EXPECT_EQ(answered(assets, "/b.js", "content-type", "accept-encoding", "gzip"),
            "text/javascript; charset=utf-8");
  EXPECT_EQ(answered(assets, "/b.js", "vary"), "accept-encoding");
  EXPECT_NE(answered(assets, "/a.js", "etag", "accept-encoding", "br"),
            answered(assets, "/a.js", "etag"));
  EXPECT_EQ(answered(assets, "/a.js.gz", "status"), "nothing");
  EXPECT_EQ(answered(assets, "/lonely.gz", "content"), "itself");
  EXPECT_EQ(answered(assets, "/lonely.gz", "vary"), "-");
}

TEST_F(AssetsTest, are_refused_where_a_link_could_lead_out_of_their_folder) {
  write("/index.html", "x");
  fs::create_symlink("/etc/passwd", folder_->path() + "/passwd");
  const auto linked = Assets::load(folder_->path());
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().code, ErrorCode::kInvalidConfig);
  EXPECT_FALSE(Assets::load(folder_->path() + "/nowhere"));
  EXPECT_FALSE(Assets::load(folder_->path() + "/index.html"));
}

TEST_F(AssetsTest, have_limits) {
  write("/large", std::string(kMaxAssetBytes + 1, 'x'));
  EXPECT_EQ(Assets::load(folder_->path()).error().code, ErrorCode::kLimit);
  write("/large", "");
  for (std::size_t i = 0; i < kMaxAssets - 1; ++i) write("/many/" + std::to_string(i), "");
  EXPECT_EQ(load().size(), kMaxAssets);
  write("/one-more", "");
  EXPECT_EQ(Assets::load(folder_->path()).error().code, ErrorCode::kLimit);
}

TEST_F(AssetsTest, are_chosen_by_name_or_found_beside_the_program) {
  const std::string top = folder_->path();
  fs::create_directories(top + "/bin");
  EXPECT_EQ(choose_assets("", top + "/bin"), "");
  fs::create_directories(top + "/share/seine/web");
  EXPECT_EQ(choose_assets("", top + "/bin"), top + "/bin/../share/seine/web");
  EXPECT_EQ(choose_assets(top, top + "/bin"), top);
  EXPECT_EQ(choose_assets("/none", top + "/bin").error().message, "there is no folder /none");
}

}  // namespace
}  // namespace seine::web
