// SPDX-License-Identifier: Apache-2.0
#include "http/http1_fields.h"

#include <string.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace seine::http {

namespace {

constexpr std::uint64_t kMaxBodyLength = std::uint64_t{1} << 63;

constexpr std::array<char, 256> make_token_lower() {
  std::array<char, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = static_cast<char>(c);
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = static_cast<char>(c);
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = static_cast<char>(c + 32);
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = c;
  return table;
}

constexpr std::array<bool, 256> make_authority_chars() {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("-._~!$&'()*+,;=%:[]")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}
constexpr std::array<bool, 256> kAuthorityChars = make_authority_chars();

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

// No early exit, so that the compiler makes vector code of it.
bool has_control(const char* text, std::size_t size) {
  bool bad = false;
  for (std::size_t i = 0; i < size; ++i) {
    const auto u = static_cast<unsigned char>(text[i]);
    bad |= (u < 0x20 && u != '\t') | (u == 0x7f);
  }
  return bad;
}

// Calls visit(item) for each item of a comma-separated list, without the space around it.
template <class Visit>
void for_each_item(std::string_view list, Visit visit) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    while (!item.empty() && is_space(item.front())) item.remove_prefix(1);
    while (!item.empty() && is_space(item.back())) item.remove_suffix(1);
    if (!item.empty()) visit(item);
  }
}

std::expected<void, HeadError> note_content_length(std::string_view value, FieldFacts& facts) {
  const std::optional<std::uint64_t> length = parse_content_length(value);
  if (!length) return bad_head("content-length is not a plain number of bytes");
  if (facts.content_length && *facts.content_length != *length) {
    return bad_head("content-length is given twice with different values");
  }
  facts.content_length = length;
  return {};
}

void note_connection(std::string_view value, FieldFacts& facts) {
  facts.hop_by_hop = true;
  for_each_item(value, [&](std::string_view item) {
    if (equals_ignoring_case(item, "close")) facts.close = true;
    if (equals_ignoring_case(item, "keep-alive")) facts.keep_alive = true;
    if (equals_ignoring_case(item, "upgrade")) facts.connection_upgrade = true;
  });
}

// "TLS/1.2", which some clients offer with every request (RFC 2817); what answers here never takes
// it.
bool is_tls_alone(std::string_view value) {
  bool is_alone = true;
  for_each_item(value, [&](std::string_view item) {
    if (!equals_ignoring_case(item.substr(0, 4), "tls/")) is_alone = false;
  });
  return is_alone && !value.empty();
}

// Looks only at names that matter to the connection; told apart by their length first.
std::expected<void, HeadError> note_field(std::string_view name, std::string_view value,
                                          FieldFacts& facts) {
  switch (name.size()) {
    case 2:
      if (name == "te") facts.hop_by_hop = true;
      break;
    case 4:
      if (name == "host") {
        if (++facts.hosts > 1) return bad_head("there is more than one host field");
        if (!value.empty() && !is_authority(value)) return bad_head("host is not a host and port");
      }
      break;
    case 6:
      if (name == "expect") {
        if (!equals_ignoring_case(value, "100-continue")) {
          return bad_head("expect asks for something unknown", 417);
        }
        facts.expect_continue = true;
      }
      break;
    case 7:
      if (name == "upgrade") {
        facts.hop_by_hop = true;
        if (!is_tls_alone(value)) facts.upgrade = true;
        if (list_contains(value, "h2c")) facts.upgrade_h2c = true;
      }
      break;
    case 10:
      if (name == "connection") note_connection(value, facts);
      if (name == "keep-alive") facts.hop_by_hop = true;
      break;
    case 14:
      if (name == "content-length") return note_content_length(value, facts);
      if (name == "http2-settings") facts.hop_by_hop = true;
      break;
    case 16:
      if (name == "proxy-connection") facts.hop_by_hop = true;
      break;
    case 17:
      if (name == "transfer-encoding") {
        facts.hop_by_hop = true;
        if (facts.transfer_encoding) return bad_head("transfer-encoding is given twice");
        if (!equals_ignoring_case(value, "chunked")) {
          return bad_head("transfer-encoding is not exactly 'chunked'", 501);
        }
        facts.transfer_encoding = true;
      }
      break;
    default: break;
  }
  return {};
}

std::unexpected<HeadError> bad_name(std::string_view lines, std::size_t line, std::size_t at) {
  if (is_space(lines[line])) return bad_head("a field line is folded or begins with space");
  if (at == line) return bad_head("a field name is empty or begins with a forbidden character");
  if (at < lines.size() && is_space(lines[at])) return bad_head("space before a field's colon");
  return bad_head("a field name holds a forbidden character");
}

}  // namespace

constinit const std::array<char, 256> kTokenLower = make_token_lower();

std::expected<FieldFacts, HeadError> parse_fields(std::string_view lines, Headers& headers) {
  FieldFacts facts;
  char* const copy = headers.adopt(lines);
  headers.reserve(16, 0);
  const std::size_t size = lines.size();
  for (std::size_t line = 0; line < size;) {
    std::size_t at = line;
    for (char c; at < size && (c = kTokenLower[static_cast<unsigned char>(lines[at])]) != 0; ++at) {
      copy[at] = c;
    }
    if (at == line || at == size || lines[at] != ':') return bad_name(lines, line, at);
    std::size_t value = at + 1;
    while (value < size && is_space(lines[value])) ++value;
    const std::size_t cr = lines.find('\r', value);
    if (cr == std::string_view::npos || cr + 1 == size || lines[cr + 1] != '\n') {
      return bad_head("a field value holds a bare CR");
    }
    std::size_t end = cr;
    while (end > value && is_space(lines[end - 1])) --end;
    if (has_control(lines.data() + value, end - value)) {
      return bad_head("a field value holds a control character");
    }
    if (headers.size() == kMaxFields) {
      return std::unexpected(
          HeadError{make_error(ErrorCode::kLimit,
                               "there are more than " + std::to_string(kMaxFields) + " fields"),
                    431});
    }
    headers.add_slice(line, at - line, value, end - value);
    const auto noted =
        note_field({copy + line, at - line}, lines.substr(value, end - value), facts);
    if (!noted) return std::unexpected(noted.error());
    line = cr + 2;
  }
  if (facts.transfer_encoding && facts.content_length) {
    return bad_head("both transfer-encoding and content-length are given");
  }
  return facts;
}

void remove_hop_by_hop(Headers& headers) {
  std::vector<std::string> named;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const Headers::Field field = headers.at(i);
    if (field.name != "connection") continue;
    for_each_item(field.value, [&](std::string_view item) {
      std::string name(item);
      for (char& c : name) c = kTokenLower[static_cast<unsigned char>(c)];
      if (name != "close" && name != "host" && name != "content-length" && name != "te") {
        named.push_back(std::move(name));
      }
    });
  }
  for (const std::string& name : named) headers.remove(name);
  for (const std::string_view name : {"connection", "keep-alive", "proxy-connection",
                                      "transfer-encoding", "upgrade", "http2-settings"}) {
    headers.remove(name);
  }
  if (const auto te = headers.get("te")) {
    const bool trailers = list_contains(*te, "trailers");
    headers.remove("te");
    if (trailers) headers.add("te", "trailers");
  }
}

bool list_contains(std::string_view list, std::string_view token) {
  bool found = false;
  for_each_item(list, [&](std::string_view item) {
    if (equals_ignoring_case(item, token)) found = true;
  });
  return found;
}

std::optional<std::uint64_t> parse_content_length(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t length = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (length > kMaxBodyLength) return std::nullopt;
  return length;
}

bool is_authority(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return kAuthorityChars[static_cast<unsigned char>(c)];
  });
}

}  // namespace seine::http
