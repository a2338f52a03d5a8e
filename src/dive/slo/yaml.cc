// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/yaml.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <sstream>

#include "fmt/format.h"

#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace seine::dive {
namespace {

std::size_t line_of(const YAML::Mark& mark) {
  return mark.line < 0 ? 1 : static_cast<std::size_t>(mark.line) + 1;
}

// Builds the tree. After the first refusal it ignores what comes: an exception of ours would be the
// only way to stop the parser, and the size of the file bounds what is left.
class TreeBuilder final : public YAML::EventHandler {
 public:
  struct Refusal {
    std::size_t line;
    std::string sentence;
  };
  const std::optional<Refusal>& refusal() const { return refusal_; }
  std::vector<YamlNode> take() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    open_.clear();
    // The parser takes a stray ',' for an empty document and does not go on: the next begins there.
    if (mark.pos == begun_at_) refuse(line_of(mark), "this is not YAML: nothing can stand here");
    begun_at_ = mark.pos;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(YamlNode::Kind::kNull, mark, anchor, {});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    refuse(line_of(mark), "aliases (*name) are not read; write the value out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& value) override {
    leaf(YamlNode::Kind::kScalar, mark, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    begin(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    YamlNode node;
    std::optional<YamlNode> key;  // of a mapping, until its value has come
  };

  void refuse(std::size_t line, std::string sentence) {
    if (!refusal_) refusal_ = {line, std::move(sentence)};
  }

  bool admit(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      refuse(line_of(mark), "anchors (&name) are not read; write the value where it is used");
    } else if (++nodes_ > kMaxYamlNodes) {
      refuse(line_of(mark),
             fmt::format("the file has more than {} values; split it", kMaxYamlNodes));
    }
    return !refusal_;
  }

  void leaf(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor,
            const std::string& text) {
    if (admit(mark, anchor)) {
      close({.kind = kind, .line = line_of(mark), .text = text, .items = {}, .members = {}});
    }
  }

  void begin(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (!admit(mark, anchor)) return;
    if (open_.size() == kMaxYamlDepth) {
      refuse(line_of(mark), fmt::format("values are nested more than {} deep; nothing that can "
                                        "be set here is",
                                        kMaxYamlDepth));
      return;
    }
    open_.push_back(
        {.node = {.kind = kind, .line = line_of(mark), .text = {}, .items = {}, .members = {}},
         .key = std::nullopt});
  }

  void end() {
    if (refusal_ || open_.empty()) return;
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    close(std::move(node));
  }

  // A value is complete: it goes to whoever holds it.
  void close(YamlNode node) {
    if (open_.empty()) {
      if (node.kind != YamlNode::Kind::kNull) documents_.push_back(std::move(node));
      return;
    }
    Open& holder = open_.back();
    if (holder.node.kind == YamlNode::Kind::kList) {
      holder.node.items.push_back(std::move(node));
    } else if (!holder.key) {
      if (node.kind != YamlNode::Kind::kScalar) {
        refuse(node.line, fmt::format("{} cannot be a key; write a name", node.kind_name()));
      }
      holder.key = std::move(node);
    } else {
      add_member(holder, std::move(node));
    }
  }

  void add_member(Open& holder, YamlNode value) {
    auto& members = holder.node.members;
    if (members.size() == kMaxYamlMembers) {
      refuse(holder.key->line,
             fmt::format("a mapping has more than {} members; split the file", kMaxYamlMembers));
    }
    if (refusal_) return;
    if (std::ranges::find(members, holder.key->text, &YamlNode::Member::key) != members.end()) {
      refuse(holder.key->line, fmt::format("'{}' is there twice; remove one of both",
                                           holder.key->text.substr(0, 64)));
    }
    members.push_back({std::move(holder.key->text), holder.key->line, std::move(value)});
    holder.key.reset();
  }

  std::optional<Refusal> refusal_;
  std::vector<YamlNode> documents_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  int begun_at_ = -1;  // the last document
};

bool is_plain(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !is_letter(text.front())) return false;
  if (!std::ranges::all_of(text, [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
               c == '/';
      })) {
    return false;
  }
  // What some reader takes for a truth value or for nothing.
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::ranges::none_of(
      std::initializer_list<std::string_view>{"null", "true", "false", "yes", "no", "on", "off",
                                              "y", "n"},
      [&](std::string_view word) { return lower == word; });
}

}  // namespace

std::string_view YamlNode::kind_name() const {
  switch (kind) {
    case Kind::kNull: return "nothing";
    case Kind::kScalar: return "a value";
    case Kind::kList: return "a list";
    case Kind::kMap: return "a mapping";
  }
  return "nothing";
}

std::unexpected<Error> fail_at(std::string_view file, std::size_t line, std::string_view sentence) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("{}:{}: {}", file, line, sentence));
}

Result<std::vector<YamlNode>> parse_yaml(std::string_view text, std::string_view file) {
  if (text.size() > kMaxYamlBytes) {
    return fail_at(
        file, 1,
        fmt::format("the file has {} bytes and may have {}; split it", text.size(), kMaxYamlBytes));
  }
  TreeBuilder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (!builder.refusal() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    if (!builder.refusal()) {
      return fail_at(file, line_of(error.mark), fmt::format("this is not YAML: {}", error.msg));
    }
  } catch (const std::exception& error) {
    return fail_at(file, 1, fmt::format("this is not YAML: {}", error.what()));
  }
  if (const auto& refusal = builder.refusal())
    return fail_at(file, refusal->line, refusal->sentence);
  return builder.take();
}

std::string yaml_scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      default: out += c;
    }
  }
  return out + '"';
}

}  // namespace seine::dive
