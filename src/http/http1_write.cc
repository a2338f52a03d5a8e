// SPDX-License-Identifier: Apache-2.0
#include "http/http1_write.h"

#include <string.h>

#include <charconv>
#include <optional>

#include "http/http1_fields.h"

namespace seine::http {

namespace {

// No early exit: vector code.
bool has_control(std::string_view text) {
  bool bad = false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    bad |= (u < 0x20 && u != '\t') | (u == 0x7f);
  }
  return bad;
}

bool has_space_or_control(std::string_view text) {
  bool bad = false;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    bad |= (u <= 0x20) | (u == 0x7f);
  }
  return bad;
}

// Fields that the writer derives itself; told apart by their length first.
bool is_own_field(std::string_view name) {
  switch (name.size()) {
    case 7: return name == "upgrade";
    case 10: return name == "connection" || name == "keep-alive";
    case 14: return name == "content-length";
    case 16: return name == "proxy-connection";
    case 17: return name == "transfer-encoding";
    default: return false;
  }
}

char* put(char* to, std::string_view text) {
  memcpy(to, text.data(), text.size());
  return to + text.size();
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  const std::size_t before = out.size();
  const std::size_t size = before + name.size() + value.size() + 4;
  out.resize_and_overwrite(size, [&](char* text, std::size_t) {
    put(put(put(put(text + before, name), ": "), value), "\r\n");
    return size;
  });
}

Result<void> append_fields(std::string& out, const Headers& headers, bool without_host) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers.at(i);
    if (!headers.is_checked(i) && (!is_token(name) || has_control(value))) {
      return fail(ErrorCode::kInvalidArgument, "a header field cannot be written in HTTP/1");
    }
    if (is_own_field(name) || (without_host && name == "host")) continue;
    append_field(out, name, value);
  }
  return {};
}

void append_framing(std::string& out, Framing framing) {
  if (framing.kind == Framing::Kind::kChunked) {
    out.append("transfer-encoding: chunked\r\n");
  } else if (framing.kind == Framing::Kind::kLength) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), framing.length).ptr;
    append_field(out, "content-length", std::string_view(digits.begin(), end));
  }
}

void append_option(std::string& out, ConnectionOption option, const Headers& headers) {
  switch (option) {
    case ConnectionOption::kNone: break;
    case ConnectionOption::kClose: out.append("connection: close\r\n"); break;
    case ConnectionOption::kKeepAlive: out.append("connection: keep-alive\r\n"); break;
    case ConnectionOption::kUpgrade:
      out.append("connection: upgrade\r\n");
      append_field(out, "upgrade", headers.get("upgrade").value_or("unknown"));
      break;
  }
}

// The one content-length of the message, if it is valid.
std::optional<std::uint64_t> stated_length(const Headers& headers) {
  const auto text = headers.get("content-length");
  return text ? parse_content_length(*text) : std::nullopt;
}

// Room for the head, so that building it allocates once.
void reserve_for(std::string& out, const Headers& headers, std::size_t more) {
  out.reserve(out.size() + headers.list_size() + more + 128);
}

bool may_have_a_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

Result<void> append_request_line(std::string& out, const RequestHead& head, bool chunked) {
  if (!is_token(head.method) || has_space_or_control(head.path) ||
      has_space_or_control(head.authority) || has_space_or_control(head.scheme)) {
    return fail(ErrorCode::kInvalidArgument, "the request line cannot be written in HTTP/1");
  }
  out.append(head.method).push_back(' ');
  if (head.method == "CONNECT") {
    out.append(head.authority);
  } else {
    const bool absolute =
        head.version != Version::kHttp2 && !head.scheme.empty() && !head.authority.empty();
    if (absolute) out.append(head.scheme).append("://").append(head.authority);
    if (!absolute || head.path != "*") out.append(head.path.empty() ? "/" : head.path);
  }
  out.append(head.version == Version::kHttp10 && !chunked ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  return {};
}

}  // namespace

Framing request_framing(const RequestHead& head, const Body* body) {
  if (body == nullptr) return {};
  const std::optional<std::uint64_t> length =
      body->length() ? body->length() : stated_length(head.headers);
  if (length) return {Framing::Kind::kLength, *length};
  return {Framing::Kind::kChunked, 0};
}

Framing response_framing(const ResponseHead& head, const Body* body, Asked asked, Version version) {
  if (head.status == 101 || (asked.connect && head.status / 100 == 2)) {
    return {Framing::Kind::kUntilClose, 0};
  }
  if (asked.head || head.status == 204 || head.status == 304 || head.status < 200) return {};
  if (body == nullptr) return {Framing::Kind::kLength, 0};
  const std::optional<std::uint64_t> length =
      body->length() ? body->length() : stated_length(head.headers);
  if (length) return {Framing::Kind::kLength, *length};
  if (version == Version::kHttp10) return {Framing::Kind::kUntilClose, 0};
  return {Framing::Kind::kChunked, 0};
}

Result<void> append_request_head(std::string& out, const RequestHead& head, Framing framing,
                                 ConnectionOption option) {
  const std::size_t before = out.size();
  reserve_for(out, head.headers, head.path.size() + 2 * head.authority.size());
  Result<void> appended = append_request_line(out, head, framing.kind == Framing::Kind::kChunked);
  if (appended && !head.authority.empty()) append_field(out, "host", head.authority);
  if (appended) appended = append_fields(out, head.headers, !head.authority.empty());
  if (!appended) {
    out.resize(before);
    return appended;
  }
  if (framing.kind == Framing::Kind::kNone &&
      (may_have_a_body(head.method) || stated_length(head.headers))) {
    framing = {Framing::Kind::kLength, 0};
  }
  if (head.method != "CONNECT") append_framing(out, framing);
  append_option(out, option, head.headers);
  out.append("\r\n");
  return {};
}

Result<void> append_response_head(std::string& out, const ResponseHead& head, Framing framing,
                                  Asked asked, Version version, ConnectionOption option) {
  const std::size_t before = out.size();
  reserve_for(out, head.headers, 0);
  if (head.status < 100 || head.status > 999) {
    return fail(ErrorCode::kInvalidArgument, "the status does not have three digits");
  }
  out.append(version == Version::kHttp10 ? "HTTP/1.0 " : "HTTP/1.1 ");
  out.append(std::to_string(head.status)).push_back(' ');
  out.append(reason_phrase(head.status)).append("\r\n");
  if (Result<void> appended = append_fields(out, head.headers, false); !appended) {
    out.resize(before);
    return appended;
  }
  append_framing(out, framing);
  if (asked.head || head.status == 304) {
    if (const auto length = stated_length(head.headers)) {
      append_framing(out, {Framing::Kind::kLength, *length});
    }
  }
  append_option(out, option, head.headers);
  out.append("\r\n");
  return {};
}

void append_trailers(std::string& out, const Headers& trailers) {
  for (std::size_t i = 0; i < trailers.size(); ++i) {
    const auto [name, value] = trailers.at(i);
    if (is_own_field(name) || name == "host" || !is_token(name) || has_control(value)) continue;
    append_field(out, name, value);
  }
  out.append("\r\n");
}

ChunkHeader::ChunkHeader(std::uint64_t size) : begin(text.size() - 2) {
  text[begin] = '\r';
  text[begin + 1] = '\n';
  do {
    text[--begin] = "0123456789abcdef"[size & 15];
    size >>= 4;
  } while (size > 0);
}

std::string_view reason_phrase(std::uint16_t status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 102: return "Processing";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

}  // namespace seine::http
