// SPDX-License-Identifier: Apache-2.0
#include "dns/name.h"

#include <algorithm>
#include <array>

namespace seine::dns {
namespace {

constexpr std::size_t kMaxPointerTarget = 0x3fff;

char fold(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string folded(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), fold);
  return out;
}

// Length bytes are below 64, so folding a whole wire form never changes one.
bool equal_folded(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, fold, fold);
}

// The byte an escape at text[i] (just behind the backslash) stands for; moves i behind it.
Result<char> read_escape(std::string_view text, std::size_t& i) {
  if (i >= text.size()) return fail(ErrorCode::kInvalidArgument, "a name ends in a backslash");
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!is_digit(text[i])) return text[i++];
  if (i + 3 > text.size() || !is_digit(text[i + 1]) || !is_digit(text[i + 2])) {
    return fail(ErrorCode::kInvalidArgument, "a numeric escape in a name needs three digits");
  }
  const int value = (text[i] - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
  if (value > 255) return fail(ErrorCode::kInvalidArgument, "an escape in a name is over 255");
  i += 3;
  return static_cast<char>(value);
}

Result<void> append_label(std::string& wire, std::string_view label, ErrorCode code) {
  if (label.empty()) return fail(code, "a name has an empty label");
  if (label.size() > Name::kMaxLabelBytes) return fail(code, "a label is over 63 bytes");
  if (wire.size() + label.size() + 2 > Name::kMaxWireBytes) {
    return fail(code, "a name is over 255 bytes");
  }
  wire.push_back(static_cast<char>(label.size()));
  wire.append(label);
  return {};
}

}  // namespace

Result<Name> Name::from_text(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::kInvalidArgument, "a name is empty");
  Name name;
  if (text == ".") return name;
  std::string label;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i++];
    if (c == '.') {
      auto appended = append_label(name.wire_, label, ErrorCode::kInvalidArgument);
      if (!appended) return fail(std::move(appended.error()));
      label.clear();
      if (i == text.size()) return name;
    } else if (c == '\\') {
      auto byte = read_escape(text, i);
      if (!byte) return fail(std::move(byte.error()));
      label.push_back(*byte);
    } else {
      label.push_back(c);
    }
    if (label.size() > kMaxLabelBytes) {
      return fail(ErrorCode::kInvalidArgument, "a label is over 63 bytes");
    }
  }
  auto appended = append_label(name.wire_, label, ErrorCode::kInvalidArgument);
  if (!appended) return fail(std::move(appended.error()));
  return name;
}

Result<Name> Name::from_wire(std::span<const std::uint8_t> message, std::size_t& offset) {
  Name name;
  std::size_t at = offset;
  std::size_t part_start = offset;
  bool jumped = false;
  while (true) {
    if (at >= message.size()) return fail(ErrorCode::kProtocol, "a name runs out of its message");
    const std::size_t length = message[at];
    if (length == 0) {
      if (!jumped) offset = at + 1;
      return name;
    }
    if ((length & 0xc0) == 0xc0) {
      if (at + 1 >= message.size()) {
        return fail(ErrorCode::kProtocol, "a compression pointer runs out of its message");
      }
      const std::size_t target = (length & 0x3f) << 8 | message[at + 1];
      // Strictly decreasing starts: the loop ends after at most as many jumps as there are bytes,
      // and long before that at the limit of 255.
      if (target >= part_start) {
        return fail(ErrorCode::kProtocol, "a compression pointer does not point backwards");
      }
      if (!jumped) offset = at + 2;
      jumped = true;
      at = part_start = target;
      continue;
    }
    if ((length & 0xc0) != 0) return fail(ErrorCode::kProtocol, "a label has an unknown type");
    if (length >= message.size() - at) {
      return fail(ErrorCode::kProtocol, "a label runs out of its message");
    }
    const std::string_view label(reinterpret_cast<const char*>(message.data()) + at + 1, length);
    auto appended = append_label(name.wire_, label, ErrorCode::kProtocol);
    if (!appended) return fail(std::move(appended.error()));
    at += 1 + length;
  }
}

std::string Name::to_text() const {
  if (is_root()) return ".";
  std::string out;
  out.reserve(wire_.size() + 1);
  for (const std::string_view label : labels()) {
    for (const char c : label) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '.' || c == '\\') {
        out.push_back('\\');
        out.push_back(c);
      } else if (byte <= 0x20 || byte >= 0x7f) {
        out.push_back('\\');
        out.push_back(static_cast<char>('0' + byte / 100));
        out.push_back(static_cast<char>('0' + byte / 10 % 10));
        out.push_back(static_cast<char>('0' + byte % 10));
      } else {
        out.push_back(c);
      }
    }
    out.push_back('.');
  }
  return out;
}

std::vector<std::string_view> Name::labels() const {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < wire_.size();) {
    const auto length = static_cast<unsigned char>(wire_[at]);
    out.push_back(std::string_view(wire_).substr(at + 1, length));
    at += 1 + length;
  }
  return out;
}

std::size_t Name::label_count() const {
  return labels().size();
}

Name Name::parent() const {
  Name out;
  if (!is_root()) out.wire_ = wire_.substr(1 + static_cast<unsigned char>(wire_[0]));
  return out;
}

bool Name::is_within(const Name& zone) const {
  for (std::size_t at = 0; at <= wire_.size();) {
    if (wire_.size() - at == zone.wire_.size()) {
      return equal_folded(std::string_view(wire_).substr(at), zone.wire_);
    }
    if (wire_.size() - at < zone.wire_.size()) return false;
    at += 1 + static_cast<unsigned char>(wire_[at]);
  }
  return false;
}

Result<Name> Name::with_suffix(const Name& suffix) const {
  if (wire_.size() + suffix.wire_.size() + 1 > kMaxWireBytes) {
    return fail(ErrorCode::kInvalidArgument, "a name is over 255 bytes");
  }
  Name out;
  out.wire_ = wire_ + suffix.wire_;
  return out;
}

bool operator==(const Name& a, const Name& b) {
  return equal_folded(a.wire_, b.wire_);
}

std::weak_ordering operator<=>(const Name& a, const Name& b) {
  return std::lexicographical_compare_three_way(
      a.wire_.begin(), a.wire_.end(), b.wire_.begin(), b.wire_.end(), [](char x, char y) {
        return std::weak_order(static_cast<unsigned char>(fold(x)),
                               static_cast<unsigned char>(fold(y)));
      });
}

void NameWriter::write(const Name& name, std::vector<std::uint8_t>& message) {
  const std::string lower = folded(name.wire());
  for (std::size_t at = 0; at < lower.size();) {
    const std::string_view suffix = std::string_view(lower).substr(at);
    const auto known = std::ranges::find(
        written_, suffix, [](const auto& entry) -> std::string_view { return entry.first; });
    if (known != written_.end()) {
      message.push_back(static_cast<std::uint8_t>(0xc0 | known->second >> 8));
      message.push_back(static_cast<std::uint8_t>(known->second & 0xff));
      return;
    }
    if (message.size() <= kMaxPointerTarget && written_.size() < kMaxRemembered) {
      written_.emplace_back(suffix, message.size());
    }
    const std::size_t length = 1 + static_cast<unsigned char>(lower[at]);
    const std::string_view label = name.wire().substr(at, length);
    message.insert(message.end(), label.begin(), label.end());
    at += length;
  }
  message.push_back(0);
}

void NameWriter::forget_from(std::size_t offset) {
  while (!written_.empty() && written_.back().second >= offset) written_.pop_back();
}

}  // namespace seine::dns

std::size_t std::hash<seine::dns::Name>::operator()(const seine::dns::Name& name) const noexcept {
  std::array<char, seine::dns::Name::kMaxWireBytes> folded{};
  const std::string_view wire = name.wire();
  std::ranges::transform(wire, folded.begin(), seine::dns::fold);
  return std::hash<std::string_view>()({folded.data(), wire.size()});
}
