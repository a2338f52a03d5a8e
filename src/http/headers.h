// SPDX-License-Identifier: Apache-2.0
// Header fields in order, names in lower case, in one piece of memory. Looking a name up walks the
// list: messages have a dozen fields. Values are raw bytes without CR, LF and NUL (who parses or
// adds them sees to that: see is_field_name, is_field_value).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/recycled.h"

namespace seine::http {

class Headers {
 public:
  struct Field {
    std::string_view name;
    std::string_view value;
  };

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  // Views live until the next change.
  Field at(std::size_t index) const {
    const Entry& entry = entries_[index];
    const std::string_view all(arena_);
    return {all.substr(entry.offset, entry.name_size),
            all.substr(entry.offset + entry.name_size + entry.gap, entry.value_size)};
  }
  // Whether a parser vouches that the field holds nothing that could split an HTTP/1 message.
  bool is_checked(std::size_t index) const { return entries_[index].gap != 0; }
  // `name` in lower case; the first such field.
  std::optional<std::string_view> get(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name, 0) != kNone; }
  std::size_t count(std::string_view name) const;

  // Appends; `name` is lower-cased here.
  void add(std::string_view name, std::string_view value);
  // Replaces all fields of that name by one.
  void set(std::string_view name, std::string_view value);
  // Removes all fields of that name; returns how many there were.
  std::size_t remove(std::string_view name);
  void clear();
  void reserve(std::size_t fields, std::size_t bytes);
  // For parsers: starts anew with a copy of `text`, which add_slice() then cuts into fields without
  // moving a byte. The parser lower-cases the names in the copy. The pointer lives until the next
  // other change.
  char* adopt(std::string_view text);
  // A field of the adopted text by its offsets: the value begins behind the name, by at least one
  // byte and less than 64 KiB. Whoever cuts it has checked both, see is_checked().
  void add_slice(std::size_t name, std::size_t name_size, std::size_t value,
                 std::size_t value_size) {
    entries_.push_back({static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(value_size),
                        static_cast<std::uint16_t>(name_size),
                        static_cast<std::uint16_t>(value - name - name_size)});
    note_size(name_size);
  }
  // Names plus values, and 32 for each field: HTTP/2's SETTINGS_MAX_HEADER_LIST_SIZE measure.
  std::size_t list_size() const;

 private:
  struct Entry {
    std::uint32_t offset;
    std::uint32_t value_size;
    std::uint16_t name_size;
    std::uint16_t gap;  // bytes between name and value
  };
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  // Most fields that are asked for are not there, which the length of their name alone tells.
  std::size_t find(std::string_view name, std::size_t from) const {
    return (sizes_ & size_bit(name.size())) == 0 ? kNone : search(name, from);
  }
  std::size_t search(std::string_view name, std::size_t from) const;
  static std::uint64_t size_bit(std::size_t name_size) {
    return std::uint64_t{1} << (name_size % 64);
  }
  void note_size(std::size_t name_size) { sizes_ |= size_bit(name_size); }

  template <class T>
  using Allocator = runtime::RecyclingAllocator<T>;
  std::basic_string<char, std::char_traits<char>, Allocator<char>> arena_;
  std::vector<Entry, Allocator<Entry>> entries_;
  std::uint64_t sizes_ = 0;  // a bit for the length of each name there was since all was cleared
};

// RFC 9110 token: what a field name or a method may be. Upper case is allowed.
bool is_token(std::string_view text);
// Visible characters, space, tab and obs-text; no control characters, no space at either end.
bool is_field_value(std::string_view text);
// ASCII only, no locale.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace seine::http
