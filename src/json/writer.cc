// SPDX-License-Identifier: Apache-2.0
#include "json/writer.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

#include "base/check.h"

namespace seine::json {
namespace {

// How many bytes at `at` form one well-formed UTF-8 character (Unicode table 3-7); 0 if none.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (lead >= 0xc2 && lead <= 0xdf) {
    length = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    length = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    length = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return 0;
  }
  if (at + length > text.size() || byte(at + 1) < low || byte(at + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

void Writer::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_element_.empty()) return;
  if (has_element_.back()) out_.push_back(',');
  has_element_.back() = true;
}

void Writer::quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out_.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const std::size_t length = utf8_length(text, at);
    if (length == 0) {
      out_.append("\xef\xbf\xbd");
    } else if (c == '"' || c == '\\') {
      out_.push_back('\\');
      out_.push_back(c);
    } else if (c == '\n') {
      out_.append("\\n");
    } else if (length == 1 && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)) {
      out_.append("\\u00");
      out_.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out_.push_back(kHex[c & 0xf]);
    } else {
      out_.append(text.substr(at, length));
    }
    at += length == 0 ? 1 : length;
  }
  out_.push_back('"');
}

Writer& Writer::begin_object() {
  separate();
  out_.push_back('{');
  has_element_.push_back(false);
  return *this;
}

Writer& Writer::end_object() {
  SEINE_CHECK(!has_element_.empty() && !after_key_, "end_object closes an open object");
  has_element_.pop_back();
  out_.push_back('}');
  return *this;
}

Writer& Writer::begin_array() {
  separate();
  out_.push_back('[');
  has_element_.push_back(false);
  return *this;
}

Writer& Writer::end_array() {
  SEINE_CHECK(!has_element_.empty() && !after_key_, "end_array closes an open array");
  has_element_.pop_back();
  out_.push_back(']');
  return *this;
}

Writer& Writer::key(std::string_view key) {
  SEINE_CHECK(!has_element_.empty() && !after_key_, "a key stands in an object, before a value");
  separate();
  quote(key);
  out_.push_back(':');
  after_key_ = true;
  return *this;
}

Writer& Writer::string(std::string_view value) {
  separate();
  quote(value);
  return *this;
}

Writer& Writer::integer(std::int64_t value) {
  separate();
  out_.append(std::to_string(value));
  return *this;
}

Writer& Writer::number(double value) {
  if (!std::isfinite(value)) return null();
  separate();
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  const std::string_view digits(text, static_cast<std::size_t>(end - text));
  out_.append(digits);
  // Stays a double when it is read again.
  if (digits.find_first_of(".e") == std::string_view::npos) out_.append(".0");
  return *this;
}

Writer& Writer::boolean(bool value) {
  separate();
  out_.append(value ? "true" : "false");
  return *this;
}

Writer& Writer::null() {
  separate();
  out_.append("null");
  return *this;
}

Writer& Writer::value(const Value& value) {
  if (const Object* members = value.object()) {
    begin_object();
    for (const Member& member : *members) key(member.key).value(member.value);
    return end_object();
  }
  if (const Array* elements = value.array()) {
    begin_array();
    for (const Value& element : *elements) this->value(element);
    return end_array();
  }
  if (const std::string* text = value.string()) return string(*text);
  if (const std::int64_t* whole = value.integer()) return integer(*whole);
  if (const double* real = value.number()) return number(*real);
  if (const bool* truth = value.boolean()) return boolean(*truth);
  return null();
}

std::string Writer::take() && {
  SEINE_CHECK(has_element_.empty() && !after_key_, "every object and array is closed");
  return std::move(out_);
}

}  // namespace seine::json
