// SPDX-License-Identifier: Apache-2.0
#include "proxy/orig_proto.h"

#include <string>

namespace seine::proxy {

namespace {

// What HTTP/2 forbids or what belonged to the HTTP/1 connection.
void remove_connection_fields(http::Headers& headers) {
  // Fields named by Connection go first, while it can still be read.
  while (const auto value = headers.get("connection")) {
    std::string rest(*value);
    std::string_view names(rest);
    headers.remove("connection");
    while (!names.empty()) {
      const auto comma = names.find(',');
      std::string_view name = names.substr(0, comma);
      names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
      while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
      while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
      std::string lowered(name);
      for (char& c : lowered) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      }
      // A client cannot make us drop what frames or names the message.
      if (lowered != "host" && lowered != "content-length") headers.remove(lowered);
    }
  }
  for (const std::string_view name :
       {"keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    headers.remove(name);
  }
}

}  // namespace

bool can_upgrade(const http::RequestHead& head) {
  return head.method != "CONNECT" && !head.headers.contains("upgrade");
}

void upgrade_request(http::RequestHead& head, std::string_view destination) {
  const bool absolute = !head.authority.empty();
  std::string proto(http::version_name(head.version));
  if (absolute) proto += "; absolute-form";
  remove_connection_fields(head.headers);
  if (head.headers.get("te") != "trailers") head.headers.remove("te");
  if (!absolute) head.authority = head.headers.get("host").value_or(destination);
  // In HTTP/2 :authority speaks for Host. Where the two differ (absolute form), Host stays.
  if (head.headers.get("host") == head.authority) head.headers.remove("host");
  if (head.scheme.empty()) head.scheme = "http";
  head.headers.set(kOrigProto, proto);
  head.version = http::Version::kHttp2;
}

void downgrade_response(http::ResponseHead& head, http::Version version) {
  const auto proto = head.headers.get(kOrigProto);
  head.version = proto == "HTTP/1.0" ? http::Version::kHttp10 : http::Version::kHttp11;
  if (version == http::Version::kHttp10) head.version = http::Version::kHttp10;
  head.headers.remove(kOrigProto);
}

bool downgrade_request(http::RequestHead& head) {
  const auto found = head.headers.get(kOrigProto);
  if (!found) return false;
  const std::string proto(*found);
  head.headers.remove(kOrigProto);
  if (head.version != http::Version::kHttp2) return false;
  head.version = proto.starts_with("HTTP/1.0") ? http::Version::kHttp10 : http::Version::kHttp11;
  if (!head.headers.contains("host") && !head.authority.empty()) {
    head.headers.add("host", head.authority);
  }
  if (!proto.ends_with("; absolute-form")) {
    head.scheme.clear();
    head.authority.clear();
  }
  return true;
}

void upgrade_response(http::ResponseHead& head) {
  head.headers.set(kOrigProto, http::version_name(head.version));
  remove_connection_fields(head.headers);
  head.version = http::Version::kHttp2;
}

}  // namespace seine::proxy
