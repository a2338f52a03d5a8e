// SPDX-License-Identifier: Apache-2.0
#include "dive/slo/yaml_fields.h"

#include <algorithm>

#include "fmt/format.h"

namespace seine::dive {
namespace {

constexpr std::size_t kTold = 64;  // bytes of a name that an error repeats

}  // namespace

YamlFields::YamlFields(const YamlNode& node, std::string_view file, std::string what)
    : node_(node), file_(file), what_(std::move(what)) {
  if (node_.kind != YamlNode::Kind::kMap) {
    add_error("", fmt::format("{} is written as a mapping (NAME: VALUE), and this is {}", what_,
                              node_.kind_name()));
  }
}

const YamlNode* YamlFields::find(std::string_view key) {
  if (std::ranges::find(asked_, key) == asked_.end()) asked_.push_back(key);
  const auto at = std::ranges::find(node_.members, key, &YamlNode::Member::key);
  return at == node_.members.end() ? nullptr : &at->value;
}

const YamlNode* YamlFields::required(std::string_view key, YamlNode::Kind kind,
                                     std::string_view expected) {
  const YamlNode* value = find(key);
  if (value == nullptr) {
    add_error(key, fmt::format("{} has no '{}'; write {}", what_, key, expected));
    return nullptr;
  }
  if (value->kind != kind) {
    add_error(key, fmt::format("'{}' is {}; write {}", key, value->kind_name(), expected));
    return nullptr;
  }
  return value;
}

std::string YamlFields::text(std::string_view key) {
  const YamlNode* value = required(key, YamlNode::Kind::kScalar, "a value");
  if (value == nullptr) return {};
  if (value->text.empty()) add_error(key, fmt::format("'{}' is empty; write a value", key));
  return value->text;
}

std::string YamlFields::text_or_empty(std::string_view key) {
  const YamlNode* value = find(key);
  if (value == nullptr || value->kind == YamlNode::Kind::kNull) return {};
  const YamlNode* scalar = required(key, YamlNode::Kind::kScalar, "a value");
  return scalar == nullptr ? std::string() : scalar->text;
}

const YamlNode* YamlFields::map(std::string_view key) {
  return required(key, YamlNode::Kind::kMap, "a mapping (NAME: VALUE)");
}

const YamlNode* YamlFields::list(std::string_view key) {
  return required(key, YamlNode::Kind::kList, "a list (- ...)");
}

std::size_t YamlFields::line_of(std::string_view key) const {
  const auto at = std::ranges::find(node_.members, key, &YamlNode::Member::key);
  return at == node_.members.end() ? node_.line : at->line;
}

void YamlFields::add_error(std::string_view key, std::string_view sentence) {
  add_error(fail_at(file_, line_of(key), sentence).error());
}

void YamlFields::add_error(Error error) {
  if (!error_) error_ = std::move(error);
}

Result<void> YamlFields::finish() {
  if (error_) return fail(*error_);
  for (const YamlNode::Member& member : node_.members) {
    if (std::ranges::find(asked_, member.key) != asked_.end()) continue;
    return fail_at(
        file_, member.line,
        fmt::format("{} has no '{}'; it may have {}", what_,
                    std::string_view(member.key).substr(0, kTold), fmt::join(asked_, ", ")));
  }
  return {};
}

}  // namespace seine::dive
