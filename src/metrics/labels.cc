// SPDX-License-Identifier: Apache-2.0
#include "metrics/labels.h"

#include "fmt/format.h"

#include "base/utf8.h"

namespace seine::metrics {

namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

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
    const auto character = utf8_front(rest);
    const std::size_t length = character ? character->length : 0;
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
