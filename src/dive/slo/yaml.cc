// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/yaml.h"

#include <algorithm>
#include <array>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>

#include "fmt/format.h"

#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/mark.h"
#include "yaml-cpp/parser.h"

namespace seine::dive {
namespace {

// Builds the tree. After the first refusal it ignores what comes.
class TreeBuilder final : public YAML::EventHandler {
 public:
  struct Refusal {
    std::size_t line;
    std::string sentence;
  };
  explicit TreeBuilder(std::size_t first_line) : first_line_(first_line) {}
  std::size_t line_of(const YAML::Mark& mark) const {
    return first_line_ + (mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line));
  }
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
  const std::size_t first_line_;
  int begun_at_ = -1;  // the last document
};

// What the parser reads. An exception of ours would be the only other way to stop it: where there
// is a refusal, the text ends.
class EndingText final : public std::streambuf {
 public:
  // Counts what is read.
  EndingText(std::string_view text, const TreeBuilder& builder, std::size_t& bytes_read)
      : rest_(text), builder_(builder), bytes_read_(bytes_read) {}

 protected:
  int_type underflow() override {
    constexpr std::size_t kBytes = 2048;
    if (builder_.refusal() || rest_.empty()) return traits_type::eof();
    const std::string_view next = rest_.substr(0, kBytes);
    rest_.remove_prefix(next.size());
    bytes_read_ += next.size();
    std::ranges::copy(next, read_.begin());
    setg(read_.data(), read_.data(), read_.data() + next.size());
    return traits_type::to_int_type(*gptr());
  }

 private:
  std::string_view rest_;
  const TreeBuilder& builder_;
  std::size_t& bytes_read_;
  std::array<char, 2048> read_{};
};

Result<void> check_size(const YamlPiece& piece, std::string_view file) {
  const auto refuse = [&](std::size_t has, std::string_view of_what, std::size_t most) {
    return fail_at(file, piece.line,
                   fmt::format("a document has {} {} and may have {}; begin another one with a "
                               "line of ---",
                               has, of_what, most));
  };
  if (piece.text.size() > kMaxYamlBytes) return refuse(piece.text.size(), "bytes", kMaxYamlBytes);
  const std::size_t marks = count_yaml_marks(piece.text);
  if (marks > kMaxYamlMarks)
    return refuse(marks, "ends of lines, ',', ':' and such", kMaxYamlMarks);
  return {};
}

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

Result<std::vector<YamlNode>> parse_yaml(YamlPiece piece, std::string_view file,
                                         std::size_t* bytes_read) {
  std::size_t unasked = 0;
  std::size_t& counted = bytes_read != nullptr ? *bytes_read : unasked;
  counted = 0;
  if (auto fits = check_size(piece, file); !fits) return fail(std::move(fits.error()));
  TreeBuilder builder(piece.line);
  try {
    EndingText text(piece.text, builder, counted);
    std::istream stream(&text);
    YAML::Parser parser(stream);
    while (!builder.refusal() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    if (!builder.refusal()) {
      return fail_at(file, builder.line_of(error.mark),
                     fmt::format("this is not YAML: {}", error.msg));
    }
  } catch (const std::exception& error) {
    return fail_at(file, piece.line, fmt::format("this is not YAML: {}", error.what()));
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
