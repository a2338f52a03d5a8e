// SPDX-License-Identifier: Apache-2.0
#include "http/headers.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace seine::http {

namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<std::size_t>(c)] = true;
  return table;
}();

// Messages on their way are given a field or two.
constexpr std::size_t kRoomForMore = 128;

}  // namespace

std::size_t Headers::search(std::string_view name, std::size_t from) const {
  for (std::size_t i = from; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.name_size == name.size() &&
        std::memcmp(arena_.data() + entry.offset, name.data(), name.size()) == 0) {
      return i;
    }
  }
  return kNone;
}

std::optional<std::string_view> Headers::get(std::string_view name) const {
  const std::size_t index = find(name, 0);
  if (index == kNone) return std::nullopt;
  return at(index).value;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t n = 0;
  for (std::size_t i = find(name, 0); i != kNone; i = find(name, i + 1)) ++n;
  return n;
}

void Headers::add(std::string_view name, std::string_view value) {
  const auto offset = static_cast<std::uint32_t>(arena_.size());
  const std::size_t size = offset + name.size() + value.size();
  // libstdc++ 12 tells the function of the capacity where it should of the size.
  arena_.resize_and_overwrite(size, [&](char* text, std::size_t /*capacity*/) {
    std::ranges::transform(name, text + offset, lower);
    std::ranges::copy(value, text + offset + name.size());
    return size;
  });
  entries_.push_back({offset, static_cast<std::uint32_t>(value.size()),
                      static_cast<std::uint16_t>(name.size()), 0});
  note_size(name.size());
}

char* Headers::adopt(std::string_view text) {
  entries_.clear();
  sizes_ = 0;
  arena_.clear();
  arena_.reserve(text.size() + kRoomForMore);
  arena_.append(text);
  return arena_.data();
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

std::size_t Headers::remove(std::string_view name) {
  std::size_t removed = 0;
  for (std::size_t i = find(name, 0); i != kNone; i = find(name, i)) {
    entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(i));
    ++removed;
  }
  return removed;
}

void Headers::clear() {
  entries_.clear();
  sizes_ = 0;
  arena_.clear();
}

void Headers::reserve(std::size_t fields, std::size_t bytes) {
  entries_.reserve(fields);
  arena_.reserve(bytes);
}

std::size_t Headers::list_size() const {
  std::size_t total = 0;
  for (const Entry& entry : entries_) total += entry.name_size + entry.value_size + 32;
  return total;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return kTokenChars[static_cast<unsigned char>(c)];
  });
}

bool is_field_value(std::string_view text) {
  if (text.empty()) return true;
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  if (is_space(text.front()) || is_space(text.back())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u >= 0x20 && u != 0x7f) || c == '\t';
  });
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace seine::http
