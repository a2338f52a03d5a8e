// SPDX-License-Identifier: Apache-2.0
#include "dive/options.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/temporary_folder.h"

namespace seine::dive {
namespace {

Result<DiveCommand> parse(std::vector<const char*> arguments, const std::string& folder = "/none") {
  arguments.insert(arguments.begin(), "seine-dive");
  return parse_dive_options(static_cast<int>(arguments.size()), arguments.data(), "edge-1.2.3",
                            folder);
}
std::string refusal(std::vector<const char*> arguments) {
  const auto command = parse(std::move(arguments));
  if (command) return "taken";
  EXPECT_EQ(command.error().code, ErrorCode::kInvalidConfig);
  return command.error().message;
}

TEST(DiveOptions, serve_on_loopback_with_a_file_in_the_state_folder) {
  const auto command = parse({"serve", "--state-dir", "/d"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& options = std::get<ServeOptions>(*command);
  EXPECT_EQ(options.database, "/d/dive.db");
  EXPECT_EQ(options.owner_socket, "/d/owner.sock");
  EXPECT_TRUE(options.listen.ip.is_loopback());
  EXPECT_TRUE(options.web_listen.ip.is_loopback());
  EXPECT_TRUE(options.admin_listen.ip.is_loopback());
  EXPECT_EQ(options.retention.kept, Retention().kept);
  EXPECT_EQ(options.assets, "");
  EXPECT_EQ(options.version, "edge-1.2.3");
}

TEST(DiveOptions, take_what_they_are_told) {
  const auto command = parse({"serve", "--state-dir", "/d", "--database", "postgres://u@h/n",
                              "--web-host", "dash.example", "--web-host", "b", "--keep-10s", "1h",
                              "--keep-1m", "1d", "--keep-1h", "30d", "--owner-socket", "/o"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& options = std::get<ServeOptions>(*command);
  EXPECT_EQ(options.database, "postgres://u@h/n");
  EXPECT_EQ(options.web_hosts, (std::vector<std::string>{"dash.example", "b"}));
  EXPECT_EQ(options.owner_socket, "/o");
  EXPECT_EQ(options.retention.kept[2], std::chrono::hours(720));
}

TEST(DiveOptions, find_the_pages_beside_the_program) {
  const auto folder = TemporaryFolder::make("seine-dive-options");
  const std::string bin = folder->path() + "/bin";
  ASSERT_EQ(::mkdir(bin.c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((folder->path() + "/share").c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((folder->path() + "/share/seine").c_str(), 0700), 0);
  ASSERT_EQ(::mkdir((folder->path() + "/share/seine/web").c_str(), 0700), 0);
  const auto command = parse({"serve", "--state-dir", "/d"}, bin);
  EXPECT_EQ(std::get<ServeOptions>(*command).assets, bin + "/../share/seine/web");
}

TEST(DiveOptions, refuse_with_the_name_of_the_flag) {
  EXPECT_EQ(refusal({"serve"}), "--state-dir: is required");
  EXPECT_EQ(refusal({"serve", "--state-dir", "/d", "--assets", "/none"}),
            "--assets: there is no folder /none");
  EXPECT_EQ(refusal({"serve", "--state-dir", "/d", "--keep-10s", "90m"}),
            "--keep-10s: must be whole hours, from 1h to 17568h");
  EXPECT_EQ(refusal({"serve", "--state-dir", "/d", "--keep-1m", "1h"}),
            "--keep-1m: must be at least as long as --keep-10s, which is finer");
  EXPECT_TRUE(refusal({"serve", "--state-dir", "/d", "--listen", "here"}).starts_with("--listen"));
  EXPECT_EQ(refusal({"backup", "/f"}), "--state-dir: is required, or a --database");
  EXPECT_NE(refusal({"backup", "--state-dir", "/d"}), "taken");
  EXPECT_NE(refusal({}), "taken");
  EXPECT_NE(refusal({"server"}), "taken");
}

TEST(DiveOptions, copy_from_the_database_of_the_state_folder) {
  const auto command = parse({"restore", "--state-dir", "/d", "/f"});
  ASSERT_TRUE(command) << command.error().message;
  const auto& options = std::get<CopyOptions>(*command);
  EXPECT_TRUE(options.is_restore);
  EXPECT_EQ(options.database, "/d/dive.db");
  EXPECT_EQ(options.state_dir, "/d");
  EXPECT_EQ(options.file, "/f");
}

TEST(DiveOptions, print_help_of_what_was_asked_for) {
  const auto help = parse({"backup", "--help"});
  ASSERT_TRUE(help) << help.error().message;
  EXPECT_NE(std::get<Printed>(*help).text.find("FILE"), std::string::npos);
  EXPECT_EQ(std::get<Printed>(*parse({"--version"})).text, "edge-1.2.3\n");
}

}  // namespace
}  // namespace seine::dive
