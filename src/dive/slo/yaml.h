// SPDX-License-Identifier: Apache-2.0
// YAML as a tree in which every node knows its line. The only file that sees yaml-cpp is yaml.cc.
// Scalars stay text: what is a number is decided by who asks for one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "dive/slo/yaml_piece.h"

namespace seine::dive {

// Of what is parsed at once: a server does so between two requests, and yaml-cpp takes 0.1 us for a
// byte and 0.5 us for a token, also of what it refuses in the end.
inline constexpr std::size_t kMaxYamlBytes = std::size_t{384} << 10;
inline constexpr std::size_t kMaxYamlMarks = 40'000;  // count_yaml_marks()
inline constexpr std::size_t kMaxYamlDepth = 16;
inline constexpr std::size_t kMaxYamlMembers = 256;  // of one mapping

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  struct Member;
  Kind kind = Kind::kNull;
  std::size_t line = 0;  // from 1
  std::string text;      // of a scalar
  std::vector<YamlNode> items;
  std::vector<Member> members;  // in the file's order, keys once

  // "nothing", "a value", "a list", "a mapping".
  std::string_view kind_name() const;
};

struct YamlNode::Member {
  std::string key;
  std::size_t line = 0;
  YamlNode value;
};

// The piece's documents, without empty ones. Anchors and aliases are refused, as nothing here needs
// them and a few lines of them stand for gigabytes. Error kInvalidArgument: "FILE:LINE: sentence".
// `bytes_read`, if given, is how much the parser was given of the text: all, or to about the
// refusal.
Result<std::vector<YamlNode>> parse_yaml(YamlPiece piece, std::string_view file,
                                         std::size_t* bytes_read = nullptr);
inline Result<std::vector<YamlNode>> parse_yaml(std::string_view text, std::string_view file) {
  return parse_yaml(YamlPiece{text}, file);
}

// Text as a scalar that every reader of YAML takes for that text.
std::string yaml_scalar(std::string_view text);

std::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string_view sentence);

}  // namespace seine::dive
