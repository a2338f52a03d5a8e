// SPDX-License-Identifier: Apache-2.0
// Writes one JSON document to a string, commas and escapes included. Bytes that are not UTF-8
// become U+FFFD, a double that is not finite becomes null: the text always parses.
//
//   Writer out;
//   out.begin_object().key("ready").boolean(true).end_object();
//   send(std::move(out).take());
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace seine::json {

class Writer {
 public:
  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view key);
  Writer& string(std::string_view value);
  Writer& integer(std::int64_t value);
  Writer& number(double value);
  Writer& boolean(bool value);
  Writer& null();
  Writer& value(const Value& value);

  // The document. A bug if an object or array is still open.
  std::string take() &&;

 private:
  void separate();
  void quote(std::string_view text);

  std::string out_;
  // For each open object or array: whether something stands in it already.
  std::vector<bool> has_element_;
  bool after_key_ = false;
};

}  // namespace seine::json
