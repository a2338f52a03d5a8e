// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/yaml.h"

#include <algorithm>

#include "fmt/format.h"
#include "gtest/gtest.h"

namespace seine::dive {
namespace {

std::string refusal(std::string_view text) {
  const auto parsed = parse_yaml(text, "f.yaml");
  return parsed ? "taken" : parsed.error().message;
}

TEST(Yaml, is_a_tree_that_knows_its_lines) {
  const auto documents = parse_yaml("a: 1\nb:\n  - x\n  - ~\n---\nc: \"1\"\n", "f.yaml").value();
  ASSERT_EQ(documents.size(), 2U);
  const YamlNode& first = documents[0];
  ASSERT_EQ(first.members.size(), 2U);
  EXPECT_EQ(first.members[0].value.text, "1");
  EXPECT_EQ(first.members[1].line, 2U);
  EXPECT_EQ(first.members[1].value.items[0].line, 3U);
  EXPECT_EQ(first.members[1].value.items[1].kind, YamlNode::Kind::kNull);
  EXPECT_EQ(documents[1].members[0].line, 6U);
}

TEST(Yaml, without_a_document_is_nothing) {
  EXPECT_TRUE(parse_yaml("", "f.yaml")->empty());
  EXPECT_TRUE(parse_yaml("# nothing\n---\n", "f.yaml")->empty());
}

TEST(Yaml, that_is_none_names_the_line) {
  EXPECT_TRUE(refusal("a: 1\nb: [1,\n").starts_with("f.yaml:")) << refusal("a: 1\nb: [1,\n");
  EXPECT_NE(refusal("a: 1\n\tb: 2\n").find("this is not YAML"), std::string::npos);
}

TEST(Yaml, refuses_what_the_parser_would_stand_before_for_ever) {
  EXPECT_EQ(refusal(","), "f.yaml:1: this is not YAML: nothing can stand here");
  EXPECT_NE(refusal("a: 1\n, b\n"), "taken");
  EXPECT_NE(refusal("a\n---\n]\n"), "taken");
}

TEST(Yaml, refuses_aliases_and_keys_that_are_there_twice) {
  EXPECT_EQ(refusal("a: &x [1]\nb: *x\n"),
            "f.yaml:1: anchors (&name) are not read; write the value where it is used");
  EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "f.yaml:3: 'a' is there twice; remove one of both");
  EXPECT_EQ(refusal("? [a]\n: b\n"), "f.yaml:1: a list cannot be a key; write a name");
}

TEST(Yaml, has_limits) {
  EXPECT_EQ(refusal(std::string(kMaxYamlBytes + 1, '#')),
            "f.yaml:1: a document has 393217 bytes and may have 393216; begin another one with a "
            "line of ---");
  EXPECT_EQ(refusal(std::string(kMaxYamlDepth, '[') + std::string(kMaxYamlDepth, ']')), "taken");
  EXPECT_NE(refusal(std::string(kMaxYamlDepth + 1, '[') + std::string(kMaxYamlDepth + 1, ']'))
                .find("nested more than 16 deep"),
            std::string::npos);
  std::string many = "[";
  for (std::size_t i = 2; i < kMaxYamlMarks; ++i) many += "1,";
  EXPECT_EQ(refusal(many + "]"), "taken");
  EXPECT_EQ(refusal(many + ",]"),
            "f.yaml:1: a document has 40001 ends of lines, ',', ':' and such and may have 40000; "
            "begin another one with a line of ---");
  std::string wide;
  for (std::size_t i = 0; i <= kMaxYamlMembers; ++i) wide += fmt::format("k{}: 1\n", i);
  EXPECT_TRUE(refusal(wide).starts_with("f.yaml:257: a mapping has more than 256 members"));
}

// Of one line of a flow the parser makes every token before it tells of the first: 1 MiB of them
// took it half a second, and a server with it.
TEST(Yaml, refuses_what_would_take_long_before_it_is_parsed) {
  for (const std::string_view token :
       {"[", "{", "1,", "a: b,", "? ", "!a ", "*a,", "1\n,", "\"\" ", "\"\"", "'' ", "'1'\""}) {
    std::string text = "[";
    while (text.size() < kMaxYamlBytes) text += token;
    EXPECT_TRUE(refusal(text.substr(0, kMaxYamlBytes)).contains("a document has ")) << token;
  }
}

TEST(Yaml, ends_at_the_first_refusal) {
  std::string text = "a: 1\na: 2\n";
  while (text.size() < 90'000) text += "b: 3\n";
  text += "] no YAML";
  std::size_t read = 0;
  const auto refused = parse_yaml(YamlPiece{text}, "f.yaml", &read);
  EXPECT_EQ(refused.error().message, "f.yaml:2: 'a' is there twice; remove one of both");
  EXPECT_LE(read, 8192U);
  EXPECT_TRUE(parse_yaml(YamlPiece{"a: 1\n"}, "f.yaml", &read));
  EXPECT_EQ(read, 5U);
}

TEST(Yaml, is_split_before_documents_that_know_their_lines) {
  EXPECT_TRUE(split_yaml("").empty());
  EXPECT_EQ(split_yaml("a: 1\n---\nb: 2\n").size(), 1U) << "small ones go together";
  const std::string filler = "# " + std::string(60'000, 'x') + "\n";
  const std::string text =
      "a: 1\n" + filler + "--- # two\nb: |\n  ---\n----\n" + filler + "---\n]\n";
  const std::vector<YamlPiece> pieces = split_yaml(text);
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_TRUE(pieces[1].text.starts_with("--- # two\nb: |\n  ---\n----\n#"));
  EXPECT_EQ(pieces[1].line, 3U);
  EXPECT_EQ(pieces[2].text, "---\n]\n");
  EXPECT_EQ(parse_yaml(pieces[0], "f.yaml")->size(), 1U);
  EXPECT_TRUE(parse_yaml(pieces[1], "f.yaml").error().message.starts_with("f.yaml:6: this is not"));
  EXPECT_TRUE(parse_yaml(pieces[2], "f.yaml").error().message.starts_with("f.yaml:9: this is not"));
  EXPECT_EQ(parse_yaml(YamlPiece{"b: 1\n", 3}, "f.yaml")->front().members[0].line, 3U);
}

TEST(Yaml, refuses_nesting_that_would_overflow_the_stack) {
  EXPECT_TRUE(refusal(std::string(100'000, '[')).starts_with("f.yaml:1:"));
  EXPECT_TRUE(refusal(std::string(100'000, '{')).starts_with("f.yaml:1:"));
}

TEST(Yaml, scalars_are_quoted_where_a_reader_could_take_them_for_something_else) {
  EXPECT_EQ(yaml_scalar("payments"), "payments");
  EXPECT_EQ(yaml_scalar("Europe/Berlin"), "Europe/Berlin");
  for (const char* text : {"", "null", "Yes", "1", "1.5", "-", "a: b", "a #b", "%a", "~", "\"",
                           "\\", "a\nb", "\ta ", "\xd7\xa9"}) {
    const std::string written = yaml_scalar(text);
    EXPECT_TRUE(written.starts_with('"')) << written;
    const auto read = parse_yaml("k: " + written + "\n", "f.yaml");
    ASSERT_TRUE(read) << written;
    EXPECT_EQ(read->front().members[0].value.kind, YamlNode::Kind::kScalar) << written;
    EXPECT_EQ(read->front().members[0].value.text, text);
  }
}

}  // namespace
}  // namespace seine::dive
