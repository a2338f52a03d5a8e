// SPDX-License-Identifier: Apache-2.0
#include "metrics/labels.h"

#include "fmt/format.h"

namespace seine::metrics {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The length of the UTF-8 character at the front of `text`, 0 if it is not one. Overlong forms,
// surrogates and values above U+10FFFF are not characters.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if (lead == 0xe0 && second < 0xa0) return 0;
  if (lead == 0xed && second > 0x9f) return 0;
  if (lead == 0xf0 && second < 0x90) return 0;
  if (lead == 0xf4 && second > 0x8f) return 0;
  return length;
}

void append_escaped(std::string& out, std::string_view character) {
  switch (character[0]) {
    case '\\': out += "\\\\"; return;
    case '"': out += "\\\""; return;
    case '\n': out += "\\n"; return;
    default: break;
  }
  const auto code = static_cast<unsigned char>(character[0]);
  if (code < 0x20 || code == 0x7f) {
    out += kReplacement;
  } else {
    out += character;
  }
}

}  // namespace

LabelWriter& LabelWriter::add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ',';
  text_ += name;
  text_ += "=\"";
  std::size_t taken = 0;
  while (taken < value.size()) {
    const std::string_view rest = value.substr(taken);
    const std::size_t length = utf8_length(rest);
    if (taken + (length == 0 ? 1 : length) > kMaxLabelValue) {
      text_ += "...";
      break;
    }
    if (length == 0) {
      text_ += kReplacement;
      taken += 1;
    } else {
      append_escaped(text_, rest.substr(0, length));
      taken += length;
    }
  }
  text_ += '"';
  return *this;
}

LabelWriter& LabelWriter::add(std::string_view name, std::uint64_t value) {
  return add(name, std::string_view(fmt::format_int(value).c_str()));
}

}  // namespace seine::metrics
