// SPDX-License-Identifier: Apache-2.0
#include "web/encoding.h"

#include "http/headers.h"

namespace seine::web {
namespace {

// Cuts what stands before `mark` off `rest`, without blanks around it.
std::string_view next_part(std::string_view& rest, char mark) {
  const auto end = rest.find(mark);
  std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  while (!part.empty() && (part.front() == ' ' || part.front() == '\t')) part.remove_prefix(1);
  while (!part.empty() && (part.back() == ' ' || part.back() == '\t')) part.remove_suffix(1);
  return part;
}

// "q=0", "q=0.0", "Q=0.000".
bool is_refused(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view parameter = next_part(parameters, ';');
    if (parameter.size() < 3 || (parameter[0] != 'q' && parameter[0] != 'Q') ||
        parameter[1] != '=') {
      continue;
    }
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

}  // namespace

bool accepts_coding(std::string_view header, std::string_view coding) {
  bool by_star = false;
  while (!header.empty()) {
    std::string_view parameters = next_part(header, ',');
    const std::string_view name = next_part(parameters, ';');
    if (http::equals_ignoring_case(name, coding)) return !is_refused(parameters);
    if (name == "*") by_star = !is_refused(parameters);
  }
  return by_star;
}

bool matches_etag(std::string_view header, std::string_view etag) {
  while (!header.empty()) {
    std::string_view one = next_part(header, ',');
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == etag) return true;
  }
  return false;
}

}  // namespace seine::web
