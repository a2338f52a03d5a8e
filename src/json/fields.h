// SPDX-License-Identifier: Apache-2.0
// Decodes an object member by member with one check at the end: the first error stays, later reads
// give their fallback, and finish() refuses members nobody asked for, so that a misspelt setting is
// never silently ignored.
//
//   Fields fields(value, "services[0]");
//   service.name = fields.text("name");
//   service.port = fields.integer("port", 1, 65535);
//   if (auto done = fields.finish(); !done) return fail(std::move(done.error()));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/value.h"

namespace seine::json {

// Borrows `object`, which outlives it. Errors are kInvalidArgument and open with the path.
class Fields {
 public:
  Fields(const Value& object, std::string path);

  // Present, a string and not empty.
  std::string text(std::string_view key);
  std::string text_or(std::string_view key, std::string_view fallback);
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::int64_t integer_or(std::string_view key, std::int64_t fallback, std::int64_t min,
                          std::int64_t max);
  bool boolean_or(std::string_view key, bool fallback);
  // The elements; empty if the member is absent.
  const Array& array_or_empty(std::string_view key);
  // Each element decoded by `decode(Fields&)`, which reads its members; empty if the member is
  // absent. The first error of an element becomes one of this object.
  template <class T, class Decode>
  std::vector<T> list_or_empty(std::string_view key, std::size_t limit, Decode decode);
  // An array of integers; empty if the member is absent.
  std::vector<std::int64_t> integers_or_empty(std::string_view key, std::int64_t min,
                                              std::int64_t max);
  // An array of strings; empty if the member is absent.
  std::vector<std::string> texts_or_empty(std::string_view key);
  // The members of an object of strings; empty if the member is absent.
  std::vector<std::pair<std::string, std::string>> text_map_or_empty(std::string_view key);
  // Any value, or null if the member is absent.
  const Value* find(std::string_view key);

  // "services[0].ports", "services[0].ports[2]": for those who decode deeper.
  std::string path_of(std::string_view key) const;
  std::string path_of(std::string_view key, std::size_t index) const;
  // Records what a deeper decoder or a check of the caller found. `predicate` goes on from the
  // name: "is empty", "must be an object".
  void add_error(std::string_view key, std::string_view predicate);
  // The same of a sentence that stands for itself: "window: a window of 3s cannot be kept".
  void add_sentence(std::string_view key, std::string_view sentence);
  void add_error(Error error);
  bool failed() const { return error_.has_value(); }

  // The first error, or that of a member nobody asked for.
  Result<void> finish();

 private:
  const Value* required(std::string_view key);
  bool within(std::string_view key, std::size_t size, std::size_t limit);
  void expected(std::string_view key, std::string_view what, const Value& found);

  const Value& object_;
  const std::string path_;
  std::vector<std::string> asked_;
  std::optional<Error> error_;
};

template <class T, class Decode>
std::vector<T> Fields::list_or_empty(std::string_view key, std::size_t limit, Decode decode) {
  std::vector<T> out;
  const Array& elements = array_or_empty(key);
  if (!within(key, elements.size(), limit)) return out;
  out.reserve(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    Fields inner(elements[i], path_of(key, i));
    if (!inner.failed()) out.push_back(decode(inner));
    auto done = inner.finish();
    if (!done) {
      add_error(std::move(done.error()));
      return out;
    }
  }
  return out;
}

}  // namespace seine::json
