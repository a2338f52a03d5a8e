// SPDX-License-Identifier: Apache-2.0
#include "http/http1_head.h"

#include <string.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace seine::http {

namespace {

constexpr std::string_view kNewLine = "\r\n";

// What a request target may hold: visible ASCII but '#', which belongs to fragments alone.
bool is_target(std::string_view text) {
  bool bad = false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    bad |= (u <= 0x20) | (u >= 0x7f) | (u == '#');
  }
  return !text.empty() && !bad;
}

std::optional<Version> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return Version::kHttp11;
  if (text == "HTTP/1.0") return Version::kHttp10;
  return std::nullopt;
}

bool looks_like_a_version(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
         is_digit(text[7]);
}

// Host and port, the port not left out.
bool is_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (!is_authority(text) || colon == std::string_view::npos || colon == 0) return false;
  const std::string_view port = text.substr(colon + 1);
  return !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "http://authority/path?query"
std::expected<void, HeadError> parse_absolute(std::string_view target, RequestHead& head) {
  const std::size_t colon = target.find("://");
  const std::string_view scheme = target.substr(0, std::min(colon, target.size()));
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https")) {
    return bad_head("the request target is neither a path nor an http URI");
  }
  target.remove_prefix(colon + 3);
  const std::size_t end = std::min(target.find_first_of("/?"), target.size());
  const std::string_view authority = target.substr(0, end);
  if (!is_authority(authority)) return bad_head("the request target has no valid authority");
  target.remove_prefix(end);
  head.scheme = scheme.size() == 4 ? "http" : "https";
  head.authority = authority;
  head.path.clear();
  if (target.empty() && head.method == "OPTIONS") {
    head.path = "*";
  } else {
    if (target.empty() || target.front() == '?') head.path = "/";
    head.path += target;
  }
  return {};
}

std::expected<void, HeadError> parse_target(std::string_view target, RequestHead& head) {
  head.scheme.clear();
  head.authority.clear();
  if (!is_target(target)) return bad_head("the request target holds a forbidden character");
  if (head.method == "CONNECT") {
    if (head.version != Version::kHttp11) return bad_head("CONNECT needs HTTP/1.1");
    if (!is_host_and_port(target)) return bad_head("the target of CONNECT is not host:port");
    head.authority = target;
    head.path.clear();
    return {};
  }
  if (target.front() == '/') {
    head.path = target;
    return {};
  }
  if (target == "*") {
    if (head.method != "OPTIONS") return bad_head("the target '*' is for OPTIONS alone");
    head.path = target;
    return {};
  }
  return parse_absolute(target, head);
}

std::expected<void, HeadError> parse_request_line(std::string_view line, RequestHead& head) {
  std::size_t at = 0;
  while (at < line.size() && kTokenLower[static_cast<unsigned char>(line[at])] != 0) ++at;
  if (at == 0 || at == line.size() || line[at] != ' ') {
    return bad_head("the request line does not begin with a method");
  }
  head.method = line.substr(0, at);
  line.remove_prefix(at + 1);
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return bad_head("the request line has no version");
  const std::string_view version = line.substr(space + 1);
  const std::optional<Version> known = parse_version(version);
  if (!known) {
    if (!looks_like_a_version(version)) return bad_head("the request line has no valid version");
    return bad_head("the HTTP version is neither 1.0 nor 1.1", 505);
  }
  head.version = *known;
  return parse_target(line.substr(0, space), head);
}

// Splits off the first line, without its CRLF. False: a bare CR.
bool take_line(std::string_view& text, std::string_view& line) {
  const std::size_t cr = text.find('\r');
  if (cr + 1 >= text.size() || text[cr + 1] != '\n') return false;
  line = text.substr(0, cr);
  text.remove_prefix(cr + 2);
  return true;
}

bool keeps_alive(Version version, const FieldFacts& fields) {
  return !fields.close && (version == Version::kHttp11 || fields.keep_alive);
}

Framing framing_of(const FieldFacts& fields) {
  if (fields.transfer_encoding) return {Framing::Kind::kChunked, 0};
  if (fields.content_length.value_or(0) > 0)
    return {Framing::Kind::kLength, *fields.content_length};
  return {};
}

// Equal fields become one, so that the next reader cannot choose.
void unify_content_length(const FieldFacts& fields, Headers& headers) {
  if (fields.content_length && headers.count("content-length") > 1) {
    headers.set("content-length", std::to_string(*fields.content_length));
  }
}

Result<std::uint16_t> parse_status_line(std::string_view line, ResponseHead& head) {
  const std::optional<Version> version = parse_version(line.substr(0, 8));
  if (!version) return fail(ErrorCode::kProtocol, "the response is not HTTP/1.0 or 1.1");
  head.version = *version;
  line.remove_prefix(8);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (line.size() < 4 || line[0] != ' ' || !is_digit(line[1]) || !is_digit(line[2]) ||
      !is_digit(line[3]) || line[1] == '0' || (line.size() > 4 && line[4] != ' ')) {
    return fail(ErrorCode::kProtocol, "the status line has no three-digit status");
  }
  for (const char c : line.substr(4)) {
    const auto u = static_cast<unsigned char>(c);
    if ((u < 0x20 && c != '\t') || u == 0x7f) {
      return fail(ErrorCode::kProtocol, "the reason phrase holds a control character");
    }
  }
  return static_cast<std::uint16_t>((line[1] - '0') * 100 + (line[2] - '0') * 10 + line[3] - '0');
}

}  // namespace

std::expected<std::size_t, HeadError> HeadBuffer::find_end(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (kTokenLower[first] == 0 && first != '\r') return bad_head("this is not an HTTP/1 head");
  const std::string_view seen = text.substr(0, kMaxHeadSize);
  for (;;) {
    const std::size_t lf = seen.find('\n', scanned_);
    if (lf == std::string_view::npos) break;
    if (lf == 0 || seen[lf - 1] != '\r') return bad_head("a line ends with a bare LF");
    // An empty line ends the head, unless it is the very first one.
    if (lf - line_ == 1 && line_ != 0) return lf + 1;
    line_ = scanned_ = lf + 1;
  }
  scanned_ = seen.size();
  if (text.size() < kMaxHeadSize) return 0;
  return std::unexpected(
      HeadError{make_error(ErrorCode::kLimit,
                           "the head is longer than " + std::to_string(kMaxHeadSize) + " bytes"),
                431});
}

std::expected<bool, HeadError> HeadBuffer::feed(runtime::Bytes& in) {
  if (in.empty()) return false;
  const std::size_t before = spill_.size();
  if (before > 0) spill_.append(in.view());
  const auto end = find_end(before > 0 ? spill_ : in.view());
  if (!end) return std::unexpected(end.error());
  if (*end == 0) {
    if (before == 0) spill_.assign(in.view());
    charge();
    in = runtime::Bytes();
    return false;
  }
  if (before > 0) {
    spill_.resize(*end);
    in.remove_prefix(*end - before);
  } else {
    whole_ = in.take_prefix(*end);
  }
  // An empty slice would still hold its block.
  if (in.empty()) in = runtime::Bytes();
  return true;
}

void HeadBuffer::clear() {
  whole_ = runtime::Bytes();
  if (!spill_.empty()) {
    spill_ = std::string();
    charge();
  }
  scanned_ = line_ = 0;
}

std::expected<RequestFacts, HeadError> parse_request_head(std::string_view text,
                                                          RequestHead& head) {
  if (text.starts_with(kNewLine)) text.remove_prefix(2);
  std::string_view line;
  if (!take_line(text, line)) return bad_head("the request line holds a bare CR");
  if (const auto parsed = parse_request_line(line, head); !parsed) {
    return std::unexpected(parsed.error());
  }
  text.remove_suffix(std::min<std::size_t>(2, text.size()));
  const auto fields = parse_fields(text, head.headers);
  if (!fields) return std::unexpected(fields.error());
  if (fields->transfer_encoding && head.version == Version::kHttp10) {
    return bad_head("transfer-encoding in HTTP/1.0");
  }
  const bool connect = head.method == "CONNECT";
  if (connect && (fields->transfer_encoding || fields->content_length.value_or(0) > 0)) {
    return bad_head("CONNECT has no body");
  }
  unify_content_length(*fields, head.headers);
  if (!head.authority.empty() && head.headers.get("host") != head.authority) {
    head.headers.set("host", head.authority);
  }
  RequestFacts facts;
  facts.framing = framing_of(*fields);
  facts.keep_alive = keeps_alive(head.version, *fields);
  facts.upgrade = fields->upgrade && fields->connection_upgrade && !fields->upgrade_h2c &&
                  head.version == Version::kHttp11 && !connect &&
                  facts.framing.kind == Framing::Kind::kNone;
  facts.expect_continue = fields->expect_continue && head.version == Version::kHttp11 &&
                          facts.framing.kind != Framing::Kind::kNone;
  facts.host_missing =
      fields->hosts == 0 && head.authority.empty() && head.version == Version::kHttp11;
  facts.hop_by_hop = fields->hop_by_hop;
  return facts;
}

Asked asked_by(const RequestHead& head) {
  return {.head = head.method == "HEAD",
          .connect = head.method == "CONNECT",
          .upgrade = head.version == Version::kHttp11 && head.headers.contains("upgrade")};
}

Result<ResponseFacts> parse_response_head(std::string_view text, Asked asked, ResponseHead& head) {
  std::string_view line;
  if (!take_line(text, line)) return fail(ErrorCode::kProtocol, "the status line holds a bare CR");
  const Result<std::uint16_t> status = parse_status_line(line, head);
  if (!status) return fail(status.error());
  head.status = *status;
  text.remove_suffix(std::min<std::size_t>(2, text.size()));
  const auto fields = parse_fields(text, head.headers);
  if (!fields) return fail(fields.error().error);
  if (fields->transfer_encoding && head.version == Version::kHttp10) {
    return fail(ErrorCode::kProtocol, "transfer-encoding in HTTP/1.0");
  }
  unify_content_length(*fields, head.headers);

  ResponseFacts facts;
  facts.keep_alive = keeps_alive(head.version, *fields);
  facts.hop_by_hop = fields->hop_by_hop;
  const bool success = head.status >= 200 && head.status < 300;
  if (head.status == 101) {
    if (!asked.upgrade) return fail(ErrorCode::kProtocol, "101 to a request without an upgrade");
    facts.tunnel = true;
  } else if (asked.connect && success) {
    head.headers.remove("content-length");
    head.headers.remove("transfer-encoding");
    facts.tunnel = true;
  } else if (head.status < 200 || head.status == 204 || head.status == 304 || asked.head) {
    return facts;
  } else {
    facts.framing = framing_of(*fields);
    if (facts.framing.kind != Framing::Kind::kNone || fields->content_length) return facts;
  }
  facts.framing.kind = Framing::Kind::kUntilClose;
  facts.keep_alive = false;
  return facts;
}

}  // namespace seine::http
