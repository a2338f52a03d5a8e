// SPDX-License-Identifier: Apache-2.0
#include "control/identity/authority.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "base/temporary_folder.h"

namespace seine::control {
namespace {

using std::chrono::hours;

class AuthorityTest : public ::testing::Test {
 protected:
  Result<Authority> open() { return Authority::open(folder_, names_, clock_.wall_now(), log_); }
  std::string refusal() {
    const auto authority = open();
    EXPECT_FALSE(authority);
    if (authority) return "";
    EXPECT_EQ(authority.error().code, ErrorCode::kInvalidConfig);
    return authority.error().message;
  }
  std::string file(std::string_view name) const { return folder_ + "/" + std::string(name); }
  unsigned mode(const std::string& path) const {
    struct stat info{};
    EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }
  void replace(std::string_view name, std::string_view content, unsigned file_mode) {
    std::filesystem::remove(file(name));
    ASSERT_TRUE(create_file(file(name), content, file_mode));
  }

  const TemporaryFolder temporary_ = TemporaryFolder::make("authority").value();
  const std::string& base_ = temporary_.path();
  const std::string folder_ = base_ + "/state";
  MeshNames names_;
  ManualClock clock_;
  Log log_{clock_, 2, LogLevel::kOff, LogFormat::kPlain};
};

TEST_F(AuthorityTest, makes_separate_keys_for_the_owner_alone_and_keeps_them) {
  const auto first = open();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(mode(folder_), 0700u);
  EXPECT_EQ(mode(file("root.key")), 0600u);
  EXPECT_EQ(mode(file("issuer.key")), 0600u);
  EXPECT_NE(read_file(file("root.key"), 9999).value(), read_file(file("issuer.key"), 9999).value());
  EXPECT_EQ(first->anchors().ders().size(), 1u);
  const auto second = open();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->anchors(), first->anchors());
  EXPECT_EQ(second->issuer().certificate().der(), first->issuer().certificate().der());
  EXPECT_TRUE(
      first->anchors().verify_authority(first->issuer().certificate(), {}, clock_.wall_now()));
}

TEST_F(AuthorityTest, goes_on_where_a_first_start_was_cut_short) {
  const auto first = open();
  ASSERT_TRUE(first);
  std::filesystem::remove(file("issuer.pem"));
  const auto second = open();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->anchors(), first->anchors());
}

TEST_F(AuthorityTest, needs_no_root_key_once_there_is_an_issuer) {
  ASSERT_TRUE(open());
  std::filesystem::remove(file("root.key"));
  EXPECT_TRUE(open());
  std::filesystem::remove(file("issuer.pem"));
  EXPECT_NE(refusal().find("root.key is missing"), std::string::npos);
}

TEST_F(AuthorityTest, refuses_keys_that_others_can_read) {
  ASSERT_TRUE(open());
  ASSERT_EQ(::chmod(file("issuer.key").c_str(), 0640), 0);
  EXPECT_NE(refusal().find("issuer.key may be read by other users"), std::string::npos);
  ASSERT_EQ(::chmod(file("issuer.key").c_str(), 0600), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0777), 0);
  EXPECT_NE(refusal().find("may be written by other users"), std::string::npos);
}

TEST_F(AuthorityTest, refuses_the_state_of_another_mesh) {
  ASSERT_TRUE(open());
  names_.trust_domain = "other.example";
  EXPECT_NE(refusal().find("belongs to another mesh"), std::string::npos);
}

TEST_F(AuthorityTest, refuses_an_issuer_of_another_root) {
  ASSERT_TRUE(open());
  const std::string issuer = read_file(file("issuer.pem"), 99999).value();
  std::filesystem::remove_all(folder_);
  ASSERT_TRUE(open());
  replace("issuer.pem", issuer, 0644);
  EXPECT_NE(refusal().find("issuer.pem was not signed by root.pem"), std::string::npos);
}

TEST_F(AuthorityTest, refuses_a_key_that_is_not_the_issuers) {
  ASSERT_TRUE(open());
  replace("issuer.key", read_file(file("root.key"), 9999).value(), 0600);
  EXPECT_NE(refusal().find("issuer.pem"), std::string::npos);
}

TEST_F(AuthorityTest, refuses_what_is_corrupt_and_names_it) {
  for (const char* name : {"root.pem", "issuer.pem", "issuer.key"}) {
    std::filesystem::remove_all(folder_);
    ASSERT_TRUE(open());
    replace(name, "nonsense", 0600);
    EXPECT_NE(refusal().find(name), std::string::npos) << name;
  }
}

TEST_F(AuthorityTest, replaces_an_issuer_before_it_expires_if_it_has_the_root_key) {
  const auto first = open();
  ASSERT_TRUE(first);
  clock_.jump_wall(hours(24 * 340));
  const auto second = open();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_NE(second->issuer().certificate().der(), first->issuer().certificate().der());
  std::filesystem::remove(file("root.key"));
  clock_.jump_wall(hours(24 * 400));
  EXPECT_NE(refusal().find("issuer.pem expired at 20"), std::string::npos);
}

TEST_F(AuthorityTest, refuses_an_expired_root) {
  ASSERT_TRUE(open());
  clock_.jump_wall(hours(24 * 365 * 11));
  EXPECT_NE(refusal().find("root.pem expired at"), std::string::npos);
}

TEST_F(AuthorityTest, trusts_further_anchors_as_a_set) {
  const auto first = open();
  ASSERT_TRUE(first);
  const std::string other = base_ + "/other";
  const auto second = Authority::open(other, names_, clock_.wall_now(), log_);
  ASSERT_TRUE(second);
  // Its own root among them, twice, with Windows line ends: still a set of two.
  const std::string own = read_file(file("root.pem"), 99999).value();
  replace("trust-anchors.pem", own + "# comment\r\n" + second->anchors().to_pem() + own, 0644);
  const auto both = open();
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->anchors().ders().size(), 2u);
}

}  // namespace
}  // namespace seine::control
