// SPDX-License-Identifier: Apache-2.0
#include "model/request_match.h"

#include <algorithm>

namespace seine::model {

namespace {

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_lower(std::string_view any_case, std::string_view lower) {
  return std::ranges::equal(any_case, lower, [](char a, char b) { return to_lower(a) == b; });
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// application/x-www-form-urlencoded: '+' is a space; a stray '%' stands for itself.
std::string decode_query(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
               hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool has_header(const HeaderSource& headers, const ValueMatch& match) {
  for (std::size_t i = 0;; ++i) {
    const std::optional<std::string_view> value = headers.value(match.name, i);
    if (!value) return false;
    if (match.accepts(*value)) return true;
  }
}

bool has_parameter(std::string_view query, const ValueMatch& match) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (decode_query(pair.substr(0, equals)) != match.name) continue;
    const std::size_t from = std::min(equals + 1, pair.size());
    if (match.accepts(decode_query(pair.substr(from)))) return true;
  }
  return false;
}

std::optional<std::size_t> match_prefix(std::string_view prefix, std::string_view path) {
  std::string_view stem = prefix;
  while (stem.ends_with('/')) stem.remove_suffix(1);
  if (!path.starts_with(stem)) return std::nullopt;
  if (path.size() > stem.size() && path[stem.size()] != '/') return std::nullopt;
  return prefix.size();
}

}  // namespace

bool HostMatch::matches(std::string_view host) const {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (kind == Kind::kExact) return equals_lower(host, name);
  if (host.size() <= name.size() + 1) return false;
  const std::size_t dot = host.size() - name.size() - 1;
  return host[dot] == '.' && equals_lower(host.substr(dot + 1), name);
}

std::optional<std::size_t> PathMatch::match(std::string_view path) const {
  if (const auto* exact = std::get_if<Exact>(&kind)) {
    return exact->path == path ? std::optional(path.size()) : std::nullopt;
  }
  if (const auto* prefix = std::get_if<Prefix>(&kind)) return match_prefix(prefix->path, path);
  return std::get<Regex>(kind).matches(path) ? std::optional(path.size()) : std::nullopt;
}

bool ValueMatch::accepts(std::string_view text) const {
  if (const auto* exact = std::get_if<std::string>(&value)) return *exact == text;
  return std::get<Regex>(value).matches(text);
}

std::optional<Rank> HttpMatch::match(const RequestView& request) const {
  if (method && *method != request.method) return std::nullopt;
  std::size_t path_length = 0;
  if (path) {
    const std::optional<std::size_t> matched = path->match(request.path);
    if (!matched) return std::nullopt;
    path_length = *matched;
  }
  for (const ValueMatch& header : headers) {
    if (!has_header(request.headers, header)) return std::nullopt;
  }
  for (const ValueMatch& parameter : query) {
    if (!has_parameter(request.query, parameter)) return std::nullopt;
  }
  return Rank{0, 0, path_length, headers.size(), query.size(), method ? 1U : 0U};
}

std::optional<Rank> GrpcMatch::match(const RequestView& request) const {
  std::string_view path = request.path;
  if (!path.starts_with('/')) return std::nullopt;
  path.remove_prefix(1);
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  if (!service.empty() && service != path.substr(0, slash)) return std::nullopt;
  if (!method.empty() && method != path.substr(slash + 1)) return std::nullopt;
  for (const ValueMatch& header : headers) {
    if (!has_header(request.headers, header)) return std::nullopt;
  }
  return Rank{0, 0, service.size(), method.size(), headers.size(), 0};
}

}  // namespace seine::model
