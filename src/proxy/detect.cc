// SPDX-License-Identifier: Apache-2.0
#include "proxy/detect.h"

#include <algorithm>

#include "http/headers.h"

namespace seine::proxy {

namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::string_view kVersion = "HTTP/1.";
// Longer than any registered method; a longer first word is not one.
constexpr std::size_t kMaxMethod = 32;

bool is_prefix_of(std::string_view part, std::string_view whole) {
  return whole.substr(0, part.size()) == part;
}

Detected undecided(std::string_view bytes) {
  return bytes.size() >= kMaxDetectBytes ? Detected::kNotHttp : Detected::kNeedMore;
}

}  // namespace

Detected detect_http(std::string_view bytes) {
  if (bytes.empty()) return Detected::kNeedMore;
  if (bytes.starts_with(kPreface)) return Detected::kHttp2;
  if (is_prefix_of(bytes, kPreface)) return Detected::kNeedMore;

  const std::size_t space = bytes.find(' ');
  const std::string_view method = bytes.substr(0, space);
  if (method.size() > kMaxMethod || !http::is_token(method)) return Detected::kNotHttp;
  if (space == std::string_view::npos) return undecided(bytes);

  const std::string_view rest = bytes.substr(space + 1);
  const std::size_t end = rest.find_first_of(std::string_view(" \r\n\0\t", 5));
  if (end == std::string_view::npos) {
    // A target may be longer than what is looked at; by then only HTTP goes on like this.
    return bytes.size() >= kMaxDetectBytes ? Detected::kHttp1 : Detected::kNeedMore;
  }
  if (end == 0 || rest[end] != ' ') return Detected::kNotHttp;
  const std::string_view version = rest.substr(end + 1);
  if (version.starts_with(kVersion)) return Detected::kHttp1;
  return is_prefix_of(version, kVersion) ? undecided(bytes) : Detected::kNotHttp;
}

}  // namespace seine::proxy
