// SPDX-License-Identifier: Apache-2.0
#include "cli/candidates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace seine::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Candidates : public testing::Test {
 protected:
  Candidates() {
    globals.flags.push_back({"--dir", "DIR", "the state folder", &text, {}});
    verbs.push_back({.name = "stat",
                     .summary = "golden metrics",
                     .takes = {.flags = {{"-o,--output", "FORMAT", "how", &text, {"table", "json"}},
                                         {"-A,--all", "", "all", &all, {}},
                                         {"--label", "K=V", "repeats", &texts, {}}},
                               .positionals = {{.name = "RESOURCE",
                                                .help = "what",
                                                .target = &text,
                                                .choices = {"deploy", "svc"}}}}});
    verbs.push_back({.name = "__complete", .summary = "", .hidden = true, .takes = {}});
  }
  std::vector<std::string> after(std::vector<std::string> words) {
    std::vector<std::string> out;
    for (const auto& candidate : candidates(words, globals, verbs, extensions)) {
      out.push_back(candidate.word);
    }
    return out;
  }
  std::string text;
  std::vector<std::string> texts;
  bool all = false;
  Declaration globals;
  std::vector<VerbDeclaration> verbs;
  std::vector<std::string> extensions{"viz"};
};

TEST_F(Candidates, VerbsAndExtensionsComeFirst) {
  EXPECT_THAT(after({""}), ElementsAre("stat", "viz"));
  EXPECT_THAT(after({"st"}), ElementsAre("stat"));
  EXPECT_THAT(after({"--dir", "/x", "v"}), ElementsAre("viz"));
}

TEST_F(Candidates, AFlagAwaitsItsChoices) {
  EXPECT_THAT(after({"stat", "-o", ""}), ElementsAre("table", "json"));
  EXPECT_THAT(after({"stat", "-o", "j"}), ElementsAre("json"));
}

TEST_F(Candidates, AnEqualsSignThatBashMadeAWordOfLeadsToTheChoices) {
  EXPECT_THAT(after({"stat", "--output", "="}), ElementsAre("table", "json"));
  EXPECT_THAT(after({"stat", "--output", "=", "ta"}), ElementsAre("table"));
  EXPECT_THAT(after({"stat", "--output", "=", "json", "d"}), ElementsAre("deploy"));
  EXPECT_THAT(after({"--dir", "=", "/x", "v"}), ElementsAre("viz"));
}

TEST_F(Candidates, FlagsThatStandThereAreNotOfferedAgain) {
  EXPECT_THAT(after({"stat", "--"}),
              ElementsAre("--output", "--all", "--label", "--dir", "--help"));
  EXPECT_THAT(after({"stat", "-A", "--output=json", "--label", "a=b", "--"}),
              ElementsAre("--label", "--dir", "--help"));
}

TEST_F(Candidates, PositionalsHaveChoices) {
  EXPECT_THAT(after({"stat", "d"}), ElementsAre("deploy"));
  EXPECT_THAT(after({"stat", "deploy", "s"}), IsEmpty());
}

TEST_F(Candidates, a_group_leads_to_its_verbs) {
  verbs.push_back({.name = "event", .summary = "", .is_group = true, .takes = {}});
  verbs.push_back({.name = "event show",
                   .summary = "",
                   .takes = {.positionals = {{.name = "ID",
                                              .help = "",
                                              .target = &text,
                                              .choices = {},
                                              .known = Known::kEvents}}}});
  verbs.push_back({.name = "event list",
                   .summary = "",
                   .takes = {.flags = {{"-o,--output", "FORMAT", "how", &text, {"wide"}}}}});
  EXPECT_THAT(after({"e"}), ElementsAre("event"));
  EXPECT_THAT(after({"event", ""}), ElementsAre("show", "list"));
  EXPECT_THAT(after({"event", "l"}), ElementsAre("list"));
  EXPECT_THAT(after({"event", "list", "-o", ""}), ElementsAre("wide"));
  EXPECT_THAT(after({"event", "nothing", ""}), IsEmpty());
  const auto known = [&](std::vector<std::string> words) {
    return known_at_end(words, globals, verbs);
  };
  EXPECT_EQ(known({"event", "show", "pro"}), Known::kEvents);
  EXPECT_EQ(known({"event", "show", "a", ""}), Known::kNothing);
  EXPECT_EQ(known({"event", "show", "-"}), Known::kNothing);
  EXPECT_EQ(known({"event", "show", "--dir", ""}), Known::kNothing);
  EXPECT_EQ(known({"event", "list", ""}), Known::kNothing);
  EXPECT_EQ(known({}), Known::kNothing);
}

TEST_F(Candidates, BehindTwoDashesAndExtensionsNothingIsOurs) {
  EXPECT_THAT(after({"stat", "--", ""}), IsEmpty());
  EXPECT_THAT(after({"viz", "st"}), IsEmpty());
  EXPECT_THAT(after({}), IsEmpty());
}

TEST(GivenValue, is_that_of_the_flag_as_shells_hand_it_over) {
  const auto value = [](std::vector<std::string> line) { return given_value(line, "--dir"); };
  EXPECT_EQ(value({"--dir", "/a", "stat", ""}), "/a");
  EXPECT_EQ(value({"stat", "--dir=/a", ""}), "/a");
  EXPECT_EQ(value({"stat", "--dir", "=", "/a", ""}), "/a");
  EXPECT_EQ(value({"stat", "--dir", "/a"}), "") << "it is being written";
  EXPECT_EQ(value({"run", "--", "--dir", "/a", ""}), "");
  EXPECT_EQ(value({"stat", "--directory=/a", ""}), "");
  EXPECT_EQ(value({}), "");
}

}  // namespace
}  // namespace seine::cli
