// SPDX-License-Identifier: Apache-2.0
#include "base/resource_name.h"

#include <algorithm>

namespace seine {
namespace {

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_name(std::string_view text, std::size_t limit, bool has_dots) {
  return !text.empty() && text.size() <= limit && is_lower_or_digit(text.front()) &&
         is_lower_or_digit(text.back()) && std::ranges::all_of(text, [&](char c) {
           return is_lower_or_digit(c) || c == '-' || (has_dots && c == '.');
         });
}

}  // namespace

bool is_label_name(std::string_view text) {
  return is_name(text, kMaxLabelName, false);
}

bool is_subdomain_name(std::string_view text) {
  return is_name(text, kMaxSubdomainName, true);
}

}  // namespace seine
