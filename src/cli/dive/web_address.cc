// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/web_address.h"

#include <algorithm>

#include "base/file.h"
#include "cli/dive/answer.h"
#include "json/value.h"

namespace seine::cli {
namespace {

constexpr std::size_t kMaxFile = 4096;

// Characters of hosts, ports, and of IPv6 in brackets.
bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(".-:[]").contains(c);
}

// Characters that RFC 3986 lets stand in a path and a query.
bool is_path_character(char c) {
  return c > ' ' && c < 0x7F && !std::string_view("\"<>\\^`{|}#").contains(c);
}

// Where the host begins; 0 if it is no address of ours.
std::size_t host_begin(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) return scheme.size();
  }
  return 0;
}

}  // namespace

Result<std::string> parse_web_address(std::string_view text) {
  const auto document = json::parse(text);
  std::string url(document ? text_at(*document, "url") : std::string_view());
  if (url.ends_with('/')) url.pop_back();
  const std::size_t begin = host_begin(url);
  const std::string_view host = std::string_view(url).substr(begin);
  if (begin == 0 || host.empty() || !std::ranges::all_of(host, is_host_character)) {
    return fail(
        ErrorCode::kProtocol,
        "what `seine up` has noted of the dashboard's address is no address; start it again");
  }
  return url;
}

Result<std::string> read_web_address(const std::string& folder) {
  const auto text = read_file(folder + "/web.json", kMaxFile);
  if (text) return parse_web_address(*text);
  return fail(ErrorCode::kUnavailable,
              "it runs, and `seine up` has not said where browsers reach it; try again in a "
              "moment, or see what its terminal says");
}

std::string with_port(std::string_view url, std::uint16_t port) {
  const std::size_t begin = host_begin(url);
  const std::string_view host = url.substr(begin);
  // Of [::1]:80 only what is behind the bracket.
  const auto bracket = host.rfind(']');
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return std::string(url.substr(0, begin)) + std::string(host.substr(0, colon)) + ":" +
         std::to_string(port);
}

Result<std::string> link_of(std::string_view url, std::string_view path) {
  const bool is_path = path.starts_with('/') && !path.starts_with("//") &&
                       std::ranges::all_of(path, is_path_character);
  if (is_path) return std::string(url) + std::string(path);
  return fail(ErrorCode::kProtocol,
              "what Dive gave is no link; is it of this version? see seine "
              "version");
}

}  // namespace seine::cli
