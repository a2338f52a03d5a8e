// SPDX-License-Identifier: Apache-2.0
// The only file that sees simdjson. Its on-demand reader knows where it stands when it fails, which
// its document reader does not.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

#include "json/value.h"

namespace seine::json {
namespace {

namespace reader = simdjson::ondemand;

// "line 3, column 7: " for a place inside `text`; columns count bytes from 1.
std::string place(std::string_view text, const char* at) {
  if (at == nullptr || at < text.data() || at > text.data() + text.size()) return {};
  const std::string_view before = text.substr(0, static_cast<std::size_t>(at - text.data()));
  const auto lines = std::ranges::count(before, '\n');
  const std::size_t newline = before.rfind('\n');
  const std::size_t column =
      newline == std::string_view::npos ? before.size() : before.size() - newline - 1;
  return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1) + ": ";
}

const char* sentence(simdjson::error_code code) {
  switch (code) {
    case simdjson::UTF8_ERROR: return "the document is not UTF-8";
    case simdjson::UNCLOSED_STRING: return "a string is not closed";
    case simdjson::UNESCAPED_CHARS: return "a string holds a control character that is not escaped";
    case simdjson::STRING_ERROR: return "a string holds a bad escape";
    case simdjson::EMPTY: return "the document is empty";
    case simdjson::NUMBER_ERROR:
    case simdjson::NUMBER_OUT_OF_RANGE: return "a number is malformed or out of range";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR: return "a word is neither true, false nor null";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return "an array or object is not closed";
    case simdjson::TRAILING_CONTENT: return "something follows the document";
    default: return "this is not JSON: a value, comma, colon or bracket is missing";
  }
}

class Parser {
 public:
  Parser(std::string_view text, const Limits& limits) : text_(text), limits_(limits) {}

  Result<Value> parse() {
    const simdjson::padded_string padded(text_);
    padded_ = std::string_view(padded);
    reader::parser parser;
    if (auto code = parser.iterate(padded).get(document_)) {
      return fail(ErrorCode::kInvalidArgument, sentence(code));
    }
    auto value = convert(document_, 0);
    if (!value) return value;
    // A reader that read everything stands nowhere any more.
    if (document_.current_location().error() != simdjson::OUT_OF_BOUNDS) {
      return failure(simdjson::TRAILING_CONTENT);
    }
    return value;
  }

 private:
  std::unexpected<Error> failure(simdjson::error_code code) {
    const char* at = nullptr;
    if (document_.current_location().get(at) != simdjson::SUCCESS) at = nullptr;
    return fail(ErrorCode::kInvalidArgument, place(padded_, at) + sentence(code));
  }

  template <class Source>
  Result<Value> convert(Source& source, std::size_t depth) {
    if (depth > limits_.max_depth) {
      return fail(ErrorCode::kLimit,
                  "values are nested more than " + std::to_string(limits_.max_depth) + " deep");
    }
    reader::json_type type;
    if (auto code = source.type().get(type)) return failure(code);
    switch (type) {
      case reader::json_type::array: return convert_array(source, depth);
      case reader::json_type::object: return convert_object(source, depth);
      case reader::json_type::number: return convert_number(source);
      case reader::json_type::string: {
        std::string_view text;
        if (auto code = source.get_string().get(text)) return failure(code);
        return Value(std::string(text));
      }
      case reader::json_type::boolean: {
        bool value = false;
        if (auto code = source.get_bool().get(value)) return failure(code);
        return Value(value);
      }
      case reader::json_type::null: {
        bool is_null = false;
        if (auto code = source.is_null().get(is_null)) return failure(code);
        if (!is_null) return failure(simdjson::N_ATOM_ERROR);
        return Value();
      }
    }
    return failure(simdjson::TAPE_ERROR);
  }

  template <class Source>
  Result<Value> convert_number(Source& source) {
    std::string_view token;
    if constexpr (std::is_same_v<Source, reader::document>) {
      if (auto code = source.raw_json_token().get(token)) return failure(code);
    } else {
      token = source.raw_json_token();
    }
    reader::number number;
    if (auto code = source.get_number().get(number)) return failure(code);
    if (number.is_int64()) return Value(number.get_int64());
    if (number.is_uint64()) return failure(simdjson::NUMBER_OUT_OF_RANGE);
    // simdjson 3.0 reads "-4444444444444440320.0", and others of 20 digits and more, as 0.
    double value = 0;
    const auto result = std::from_chars(token.data(), token.data() + token.size(), value);
    if (result.ec != std::errc()) return failure(simdjson::NUMBER_OUT_OF_RANGE);
    return Value(value);
  }

  template <class Source>
  Result<Value> convert_array(Source& source, std::size_t depth) {
    reader::array array;
    if (auto code = source.get_array().get(array)) return failure(code);
    Array out;
    for (auto element : array) {
      reader::value value;
      if (auto code = std::move(element).get(value)) return failure(code);
      auto converted = convert(value, depth + 1);
      if (!converted) return converted;
      out.push_back(std::move(*converted));
    }
    return Value(std::move(out));
  }

  template <class Source>
  Result<Value> convert_object(Source& source, std::size_t depth) {
    reader::object object;
    if (auto code = source.get_object().get(object)) return failure(code);
    Object out;
    for (auto member : object) {
      reader::field field;
      if (auto code = std::move(member).get(field)) return failure(code);
      std::string_view key;
      if (auto code = field.unescaped_key().get(key)) return failure(code);
      // The key's bytes may move when the value is read.
      std::string name(key);
      auto converted = convert(field.value(), depth + 1);
      if (!converted) return converted;
      out.push_back({std::move(name), std::move(*converted)});
    }
    return unique(std::move(out));
  }

  // Sorting pointers keeps a large object from costing the square of its size.
  static Result<Value> unique(Object object) {
    std::vector<const std::string*> keys;
    keys.reserve(object.size());
    for (const Member& member : object) keys.push_back(&member.key);
    const auto by_text = [](const std::string* key) -> const std::string& { return *key; };
    std::ranges::sort(keys, {}, by_text);
    const auto twice = std::ranges::adjacent_find(keys, {}, by_text);
    if (twice != keys.end()) {
      return fail(ErrorCode::kInvalidArgument, "member \"" + **twice + "\" stands twice");
    }
    return Value(std::move(object));
  }

  std::string_view text_;
  std::string_view padded_;
  const Limits& limits_;
  reader::document document_;
};

}  // namespace

Result<Value> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_bytes) {
    return fail(ErrorCode::kLimit,
                "the document is over " + std::to_string(limits.max_bytes) + " bytes");
  }
  return Parser(text, limits).parse();
}

}  // namespace seine::json
