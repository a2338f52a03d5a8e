// SPDX-License-Identifier: Apache-2.0
#include "proxy/admin/admin_request.h"

#include <algorithm>
#include <optional>

namespace seine::proxy {

namespace {

// The text up to `separator`, which `rest` loses with it.
std::string_view next_piece(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view piece = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return piece;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_variable_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// "q=0", "Q=0.000": the one weight that says no.
bool is_zero_weight(std::string_view parameter) {
  const std::string_view text = trimmed(parameter);
  return text.size() >= 3 && (text[0] == 'q' || text[0] == 'Q') && text[1] == '=' &&
         text[2] == '0' && text.find_first_not_of("0.", 2) == std::string_view::npos;
}

}  // namespace

AdminTarget split_target(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {.path = target, .query = {}};
  return {.path = target.substr(0, mark), .query = target.substr(mark + 1)};
}

Result<std::set<std::string, std::less<>>> read_variable_names(std::string_view query) {
  std::set<std::string, std::less<>> names;
  while (!query.empty()) {
    std::string_view piece = next_piece(query, '&');
    const std::string_view name = next_piece(piece, '=');
    if (name.empty()) continue;
    if (!std::ranges::all_of(name, is_variable_character)) {
      return fail(ErrorCode::kInvalidArgument,
                  "a variable's name is letters, digits and underscores, as in "
                  "/env.json?LINKERD2_PROXY_LOG&LINKERD2_PROXY_CORES");
    }
    names.emplace(name);
  }
  return names;
}

bool accepts_gzip(const http::Headers& headers) {
  std::optional<bool> gzip;
  std::optional<bool> any;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (headers.at(i).name != "accept-encoding") continue;
    std::string_view rest = headers.at(i).value;
    while (!rest.empty()) {
      std::string_view item = next_piece(rest, ',');
      const std::string_view coding = trimmed(next_piece(item, ';'));
      const bool wanted = !is_zero_weight(item);
      if (http::equals_ignoring_case(coding, "gzip")) gzip = wanted;
      if (coding == "*") any = wanted;
    }
  }
  return gzip.value_or(any.value_or(false));
}

}  // namespace seine::proxy
