// SPDX-License-Identifier: Apache-2.0
#include "cli/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace seine::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Flags : public testing::Test {
 protected:
  Flags() {
    globals.flags.push_back({"--dir", "DIR", "the state folder", &dir, {}});
    verbs.push_back(
        {.name = "stat",
         .summary = "golden metrics",
         .takes = {.flags = {{"-o,--output", "FORMAT", "how", &output, {"table", "json"}},
                             {"-A,--all-namespaces", "", "all", &all, {}}},
                   .positionals = {
                       {.name = "RESOURCE", .help = "what", .target = &resource, .choices = {}}}}});
    verbs.push_back(
        {.name = "run",
         .summary = "a program, meshed",
         .takes = {
             .flags = {{"--port", "PORT", "repeats", &ports, {}}},
             .positionals = {
                 {.name = "CMD", .help = "the program", .target = &command, .choices = {}}}}});
  }

  Result<Parsed> parse(std::vector<std::string> arguments) {
    return parse_flags(arguments, globals, verbs, "edge-1.2.3");
  }
  std::string complaint(std::vector<std::string> arguments) {
    const auto parsed = parse(std::move(arguments));
    EXPECT_FALSE(parsed);
    if (parsed) return {};
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidConfig);
    EXPECT_THAT(parsed.error().message, testing::Not(HasSubstr("\n")));
    return parsed.error().message;
  }

  std::string dir, output, resource;
  std::vector<std::string> ports, command;
  bool all = false;
  Declaration globals;
  std::vector<VerbDeclaration> verbs;
};

TEST_F(Flags, AVerbGetsItsFlagsInEitherOrder) {
  const auto parsed = parse({"stat", "deploy", "-A", "-o", "json"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<RunVerb>(*parsed).name, "stat");
  EXPECT_EQ(resource, "deploy");
  EXPECT_EQ(output, "json");
  EXPECT_TRUE(all);
}

TEST_F(Flags, GlobalFlagsAreUnderstoodBeforeAndAfterTheVerb) {
  ASSERT_TRUE(parse({"--dir", "/a", "stat", "deploy"}));
  EXPECT_EQ(dir, "/a");
  ASSERT_TRUE(parse({"stat", "deploy", "--dir=/b"}));
  EXPECT_EQ(dir, "/b");
}

TEST_F(Flags, ARepeatedFlagTakesOneValueEachTime) {
  ASSERT_TRUE(parse({"run", "--port", "80", "--port", "90:grpc", "web"}));
  EXPECT_THAT(ports, ElementsAre("80", "90:grpc"));
  EXPECT_THAT(command, ElementsAre("web"));
}

TEST_F(Flags, AListTakesAllWordsWhetherOrNotItMayBeMissing) {
  verbs.back().takes.positionals.front().required = false;
  ASSERT_TRUE(parse({"run", "deploy", "web", "--port", "80", "more"}));
  EXPECT_THAT(command, ElementsAre("deploy", "web", "more"));
  EXPECT_THAT(ports, ElementsAre("80"));
  command.clear();
  ASSERT_TRUE(parse({"run"}));
  EXPECT_THAT(command, testing::IsEmpty());
}

TEST_F(Flags, WhatFollowsTwoDashesIsTheCommands) {
  ASSERT_TRUE(parse({"run", "--port", "80", "--", "node", "--port", "x", "-A", "--help"}));
  EXPECT_THAT(ports, ElementsAre("80"));
  EXPECT_THAT(command, ElementsAre("node", "--port", "x", "-A", "--help"));
}

TEST_F(Flags, NothingBehindTwoDashesIsAMissingWord) {
  EXPECT_THAT(complaint({"run", "--"}), HasSubstr("CMD"));
}

TEST_F(Flags, AnUnknownFlagIsNamedWithTheHelpToRead) {
  const std::string sentence = complaint({"stat", "deploy", "--outptu", "json"});
  EXPECT_THAT(sentence, HasSubstr("stat: "));
  EXPECT_THAT(sentence, HasSubstr("--outptu"));
  EXPECT_THAT(sentence, HasSubstr("see seine stat --help"));
}

TEST_F(Flags, AValueOutsideTheChoicesIsRefusedWithThem) {
  const std::string sentence = complaint({"stat", "deploy", "-o", "yaml"});
  EXPECT_THAT(sentence, HasSubstr("\"yaml\" is not one of table, json"));
}

TEST_F(Flags, AMissingPositionalIsNamed) {
  EXPECT_THAT(complaint({"stat"}), HasSubstr("RESOURCE"));
}

TEST_F(Flags, AMisspeltVerbGetsASuggestion) {
  EXPECT_THAT(complaint({"sttat", "deploy"}), HasSubstr("did you mean seine stat?"));
  EXPECT_THAT(complaint({"zzzzzzzz"}), HasSubstr("seine --help lists the commands"));
}

TEST_F(Flags, AnEmptyCommandIsCalledEmpty) {
  EXPECT_THAT(complaint({""}), HasSubstr("the command is empty"));
  EXPECT_THAT(complaint({"--dir", "/a", "", "stat"}), HasSubstr("the command is empty"));
}

TEST_F(Flags, ACommandBehindTwoDashesIsRefused) {
  EXPECT_THAT(complaint({"--", "stat", "deploy"}), HasSubstr("a command comes before \"--\""));
  EXPECT_THAT(complaint({"--dir", "/a", "--"}), HasSubstr("a command comes before \"--\""));
}

TEST_F(Flags, NoVerbAndHelpPrintTheHelp) {
  for (const auto& arguments : {std::vector<std::string>{}, {"--help"}, {"-h"}}) {
    const auto parsed = parse(arguments);
    ASSERT_TRUE(parsed);
    const std::string& text = std::get<PrintText>(*parsed).text;
    EXPECT_THAT(text, HasSubstr("stat"));
    EXPECT_THAT(text, HasSubstr("a program, meshed"));
  }
}

TEST_F(Flags, HelpOfAVerbShowsItsFlags) {
  for (const auto& arguments : {std::vector<std::string>{"stat", "--help"}, {"stat", "x", "-h"}}) {
    const auto parsed = parse(arguments);
    ASSERT_TRUE(parsed);
    EXPECT_THAT(std::get<PrintText>(*parsed).text, HasSubstr("--all-namespaces"));
    EXPECT_THAT(std::get<PrintText>(*parsed).text, HasSubstr("Usage: seine stat [OPTIONS]"));
  }
}

TEST_F(Flags, a_group_has_verbs_of_two_words) {
  std::string name;
  verbs.push_back({.name = "objective", .summary = "promises", .is_group = true, .takes = {}});
  verbs.push_back(
      {.name = "objective show",
       .summary = "one",
       .takes = {
           .flags = {{"-o,--output", "FORMAT", "how", &output, {"json"}}},
           .positionals = {{.name = "NAME", .help = "which", .target = &name, .choices = {}}}}});
  verbs.push_back({.name = "objective list", .summary = "all", .takes = {}});
  // The name of another verb is a word like any other behind this one.
  auto parsed = parse({"objective", "show", "stat", "-o", "json", "--dir=/b"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(std::get<RunVerb>(*parsed).name, "objective show");
  EXPECT_EQ(name, "stat");
  EXPECT_EQ(output, "json");
  EXPECT_EQ(dir, "/b");
  parsed = parse({"objective", "--dir", "/c", "list"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(std::get<RunVerb>(*parsed).name, "objective list");
  EXPECT_EQ(dir, "/c");
  for (const auto& arguments : {std::vector<std::string>{"objective"}, {"objective", "--help"}}) {
    parsed = parse(arguments);
    ASSERT_TRUE(parsed);
    EXPECT_THAT(std::get<PrintText>(*parsed).text, HasSubstr("Usage: seine objective"));
    EXPECT_THAT(std::get<PrintText>(*parsed).text, HasSubstr("show"));
  }
  parsed = parse({"objective", "show", "--help"});
  ASSERT_TRUE(parsed);
  EXPECT_THAT(std::get<PrintText>(*parsed).text, HasSubstr("Usage: seine objective show"));
  EXPECT_THAT(complaint({"objective", "shw"}), HasSubstr("did you mean seine objective show?"));
  EXPECT_THAT(complaint({"objective", "zzzzz"}), HasSubstr("there are show, list"));
  EXPECT_THAT(complaint({"objective", "show"}), HasSubstr("objective show: NAME"));
  EXPECT_THAT(complaint({"objective", "show", "a", "--x"}),
              HasSubstr("see seine objective show --help"));
  EXPECT_THAT(complaint({"objective show", "a"}), HasSubstr("there is no command"));
  EXPECT_THAT(complaint({"objectiv"}), HasSubstr("did you mean seine objective?"));
}

TEST_F(Flags, VersionIsPrinted) {
  const auto parsed = parse({"--version"});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(std::get<PrintText>(*parsed).text, "edge-1.2.3\n");
}

TEST(SplitNames, AreSeparatedByCommas) {
  EXPECT_THAT(split_names("-n,--namespace"), ElementsAre("-n", "--namespace"));
  EXPECT_THAT(split_names("--dir"), ElementsAre("--dir"));
}

}  // namespace
}  // namespace seine::cli
