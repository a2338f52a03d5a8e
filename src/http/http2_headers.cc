// SPDX-License-Identifier: Apache-2.0
#include "http/http2_headers.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace seine::http {

namespace {

constexpr std::size_t kFieldOverhead = 32;
// What most heads stay below, and Headers gets at once instead of growing to it.
constexpr std::size_t kUsualFields = 12;
constexpr std::size_t kUsualBytes = 384;

// Host and port: no user information, no list, nothing that ends an authority.
bool is_authority(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
  });
}

bool is_path(std::string_view text) {
  if (text == "*") return true;
  if (text.empty() || text.front() != '/') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u > 0x20 && u != 0x7f && c != '#';
  });
}

// Fields that speak about one HTTP/1 connection (RFC 9113, section 8.2.2).
bool is_connection_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 2: return name == "te" && !equals_ignoring_case(value, "trailers");
    case 7: return name == "upgrade";
    case 10: return name == "connection" || name == "keep-alive";
    case 14: return name == "http2-settings";
    case 16: return name == "proxy-connection";
    case 17: return name == "transfer-encoding";
    default: return false;
  }
}

nghttp2_nv make_nv(std::string_view name, std::string_view value) {
  // nghttp2 takes mutable pointers and copies what they point at.
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

void append_fields(const Headers& headers, bool without_host, std::vector<nghttp2_nv>& out) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const Headers::Field field = headers.at(i);
    if (is_connection_field(field.name, field.value)) continue;
    if (without_host && field.name == "host") continue;
    out.push_back(make_nv(field.name, field.value));
  }
}

}  // namespace

void Http2HeadReader::begin() {
  bytes_ = 0;
  fields_ = 0;
  for (std::string* text : {&method_, &scheme_, &authority_, &path_, &status_, &cookie_}) {
    text->clear();
  }
  headers_.clear();
  headers_.reserve(kUsualFields, kUsualBytes);
}

bool Http2HeadReader::add(std::string_view name, std::string_view value) {
  bytes_ += name.size() + value.size() + kFieldOverhead;
  if (++fields_ > max_fields_ || bytes_ > max_bytes_) return false;
  if (!name.starts_with(':')) {
    if (name == "cookie") {
      if (!cookie_.empty()) cookie_ += "; ";
      cookie_ += value;
    } else {
      headers_.add(name, value);
    }
    return true;
  }
  const std::array<std::pair<std::string_view, std::string*>, 5> known = {
      {{":method", &method_},
       {":scheme", &scheme_},
       {":authority", &authority_},
       {":path", &path_},
       {":status", &status_}}};
  for (const auto& [pseudo, target] : known) {
    if (name == pseudo) *target = value;
  }
  return true;
}

void Http2HeadReader::join_cookies() {
  if (!cookie_.empty()) headers_.add("cookie", cookie_);
}

Result<RequestHead> Http2HeadReader::take_request() {
  join_cookies();
  const bool connect = method_ == "CONNECT";
  if (!is_token(method_)) return fail(ErrorCode::kProtocol, ":method is not a token");
  if (connect ? !path_.empty() || !scheme_.empty() || authority_.empty() : !is_path(path_)) {
    return fail(ErrorCode::kProtocol, ":path is not one");
  }
  if (path_ == "*" && method_ != "OPTIONS") {
    return fail(ErrorCode::kProtocol, ":path * belongs to OPTIONS");
  }
  if (!authority_.empty() && !is_authority(authority_)) {
    return fail(ErrorCode::kProtocol, ":authority is more than host and port");
  }
  if (const auto host = headers_.get("host")) {
    if (headers_.count("host") > 1 || (!host->empty() && !is_authority(*host))) {
      return fail(ErrorCode::kProtocol, "host is more than host and port");
    }
    if (!authority_.empty()) {
      if (!equals_ignoring_case(*host, authority_)) {
        return fail(ErrorCode::kProtocol, "host differs from :authority");
      }
      headers_.remove("host");
    }
  }
  return RequestHead{std::move(method_), std::move(scheme_), std::move(authority_),
                     std::move(path_),   Version::kHttp2,    std::move(headers_)};
}

unsigned Http2HeadReader::status() const {
  unsigned value = 0;
  std::from_chars(status_.data(), status_.data() + status_.size(), value);
  return value;
}

Result<ResponseHead> Http2HeadReader::take_response() {
  join_cookies();
  const unsigned value = status();
  if (status_.size() != 3 || value < 100 || value > 999) {
    return fail(ErrorCode::kProtocol, ":status is not a status");
  }
  return ResponseHead{static_cast<std::uint16_t>(value), Version::kHttp2, std::move(headers_)};
}

Headers Http2HeadReader::take_trailers() {
  join_cookies();
  for (const std::string_view name : {"content-length", "host"}) headers_.remove(name);
  return std::move(headers_);
}

void append_request(const RequestHead& head, std::vector<nghttp2_nv>& out) {
  const bool connect = head.method == "CONNECT";
  const std::string_view authority = head.effective_authority();
  out.push_back(make_nv(":method", head.method));
  if (!connect) {
    out.push_back(make_nv(
        ":scheme", head.scheme.empty() ? std::string_view("http") : std::string_view(head.scheme)));
  }
  if (!authority.empty()) out.push_back(make_nv(":authority", authority));
  if (!connect) {
    out.push_back(
        make_nv(":path", head.path.empty() ? std::string_view("/") : std::string_view(head.path)));
  }
  append_fields(head.headers, /*without_host=*/true, out);
}

void append_response(const ResponseHead& head, std::string& status, std::vector<nghttp2_nv>& out) {
  status = std::to_string(head.status);
  out.push_back(make_nv(":status", status));
  append_fields(head.headers, /*without_host=*/false, out);
}

void append_trailers(const Headers& trailers, std::vector<nghttp2_nv>& out) {
  append_fields(trailers, /*without_host=*/false, out);
}

}  // namespace seine::http
