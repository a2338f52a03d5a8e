// SPDX-License-Identifier: Apache-2.0
#include "cli/tap/tap_lines.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "base/net.h"
#include "json/writer.h"
#include "telemetry/figures/resource.h"

namespace seine::cli {

namespace wire = seine::tap::v1;
namespace types = io::linkerd::proxy::http_types;
using Event = io::linkerd::proxy::tap::TapEvent;
using Http = Event::Http;

namespace {

constexpr char kHex[] = "0123456789abcdef";

IpAddress ip_of(const io::linkerd::proxy::net::IPAddress& ip) {
  if (!ip.has_ipv6()) return IpAddress::v4(ip.ipv4());
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(ip.ipv6().first() >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(ip.ipv6().last() >> (56 - 8 * i));
  }
  return IpAddress::v6(bytes);
}

std::string addr_of(const io::linkerd::proxy::net::TcpAddress& addr) {
  return SocketAddr{ip_of(addr.ip()), static_cast<std::uint16_t>(addr.port())}.to_string();
}

std::string method_of(const types::HttpMethod& method) {
  if (method.has_unregistered()) return method.unregistered();
  return types::HttpMethod::Registered_Name(method.registered());
}

std::string scheme_of(const types::Scheme& scheme) {
  if (scheme.has_unregistered()) return scheme.unregistered();
  return scheme.registered() == types::Scheme::HTTPS ? "https" : "http";
}

std::string label_of(const Event::EndpointMeta& meta, const char* key) {
  const auto found = meta.labels().find(key);
  return found == meta.labels().end() ? std::string() : found->second;
}

// gRPC's own words for its statuses.
std::string grpc_status_of(std::uint32_t status) {
  constexpr std::array<const char*, 17> kNames{
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  return status < kNames.size() ? kNames[status] : "Code(" + std::to_string(status) + ")";
}

std::string micros(const google::protobuf::Duration& duration) {
  return std::to_string(duration.seconds() * 1'000'000 + duration.nanos() / 1'000) + "µs";
}

class Line {
 public:
  Line(std::string_view what, const Http::StreamId& id) : text_(what) {
    text_ += " id=" + std::to_string(id.base()) + ":" + std::to_string(id.stream());
  }
  // `value` is ours.
  Line& plain(std::string_view key, std::string_view value) {
    text_.append(" ").append(key).append("=").append(value);
    return *this;
  }
  Line& field(std::string_view key, std::string_view value) {
    return plain(key, escape_tap_field(value));
  }
  // Words with spaces between them, in quotes.
  Line& sentence(std::string_view key, std::string_view value) {
    std::string text;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t end = std::min(rest.find(' '), rest.size());
      for (const char c : escape_tap_field(rest.substr(0, end))) {
        if (c == '"') text += '\\';
        text += c;
      }
      if (end < rest.size()) text += ' ';
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return plain(key, '"' + text + '"');
  }
  Line& raw(std::string_view text) {
    text_.append(text);
    return *this;
  }
  std::string take() && { return std::move(text_) + "\n"; }

 private:
  std::string text_;
};

void add_flow(const Event& event, Line& line) {
  const bool inbound = event.proxy_direction() == Event::INBOUND;
  const bool outbound = event.proxy_direction() == Event::OUTBOUND;
  // One space more, so that what follows stands below that of "out".
  line.plain("proxy", inbound ? "in " : outbound ? "out" : "???");
  line.plain("src", addr_of(event.source())).plain("dst", addr_of(event.destination()));
  line.field("tls", label_of(inbound ? event.source_meta() : event.destination_meta(), "tls"));
}

void add_peer(std::string_view side, std::string_view kind, const wire::Peer& peer, Line& line) {
  if (peer.pod().empty()) return;
  const bool by_pod = kind == "pod";
  const std::string& name = by_pod ? peer.pod() : peer.workload();
  const std::string long_kind = by_pod ? "pod" : peer.workload_kind();
  const auto known = telemetry::parse_kind(long_kind);
  const std::string shown(known ? telemetry::short_kind_name(*known) : std::string_view(long_kind));
  line.field(std::string(side) + "_res", shown + "/" + name);
  line.field(std::string(side) + "_ns", peer.namespace_());
}

void add_names(const wire::Tapped& tapped, std::string_view kind, Line& line) {
  if (kind.empty()) return;
  add_peer("src", kind, tapped.source(), line);
  add_peer("dst", kind, tapped.destination(), line);
  const auto& labels = tapped.event().route_meta().labels();
  for (const auto& [key, value] : std::map(labels.begin(), labels.end())) {
    line.field("rt_" + escape_tap_field(key), value);
  }
}

void add_end(const Http::ResponseEnd& end, Line& line) {
  if (end.eos().has_grpc_status_code()) {
    line.plain("grpc-status", grpc_status_of(end.eos().grpc_status_code()));
  } else if (end.eos().has_reset_error_code()) {
    line.plain("reset-error", std::to_string(end.eos().reset_error_code()));
  }
  line.plain("duration", micros(end.since_response_init()));
  line.plain("response-length", std::to_string(end.response_bytes()) + "B");
  if (!end.seine_error().empty()) line.sentence("error", end.seine_error());
  if (!end.seine_not_retried().empty()) line.sentence("not-retried", end.seine_not_retried());
}

class EventJson {
 public:
  void write(const wire::Tapped& tapped) {
    const Event& event = tapped.event();
    out_.begin_object();
    add_endpoint("source", event.source(), event.source_meta(), tapped.source());
    add_endpoint("destination", event.destination(), event.destination_meta(),
                 tapped.destination());
    out_.key("routeMeta");
    add_labels({event.route_meta().labels().begin(), event.route_meta().labels().end()});
    out_.key("proxyDirection").string(Event::ProxyDirection_Name(event.proxy_direction()));
    switch (event.http().event_case()) {
      case Http::kRequestInit: add(event.http().request_init()); break;
      case Http::kResponseInit: add(event.http().response_init()); break;
      case Http::kResponseEnd: add(event.http().response_end()); break;
      case Http::EVENT_NOT_SET: break;
    }
    out_.end_object();
  }
  std::string take() && { return std::move(out_).take(); }

 private:
  void add_labels(const std::map<std::string, std::string>& labels) {
    out_.begin_object();
    for (const auto& [key, value] : labels) out_.key(key).string(value);
    out_.end_object();
  }
  void add_endpoint(std::string_view key, const io::linkerd::proxy::net::TcpAddress& addr,
                    const Event::EndpointMeta& meta, const wire::Peer& peer) {
    std::map<std::string, std::string> labels(meta.labels().begin(), meta.labels().end());
    if (!peer.pod().empty()) {
      labels["namespace"] = peer.namespace_();
      labels["pod"] = peer.pod();
      labels[peer.workload_kind()] = peer.workload();
      labels["serviceaccount"] = peer.service_account();
    }
    out_.key(key).begin_object().key("ip").string(ip_of(addr.ip()).to_string());
    out_.key("port").integer(addr.port()).key("metadata");
    add_labels(labels);
    out_.end_object();
  }
  void add_id(const Http::StreamId& id) {
    out_.key("id").begin_object().key("base").integer(id.base());
    out_.key("stream").integer(static_cast<std::int64_t>(id.stream())).end_object();
  }
  void add_duration(std::string_view key, const google::protobuf::Duration& duration) {
    out_.key(key).begin_object().key("seconds").integer(duration.seconds());
    out_.key("nanos").integer(duration.nanos()).end_object();
  }
  void add_headers(std::string_view key, const types::Headers& headers) {
    out_.key(key).begin_array();
    for (const auto& header : headers.headers()) {
      out_.begin_object().key("name").string(header.name());
      out_.key("valueStr").string(header.value()).end_object();
    }
    out_.end_array();
  }
  void add(const Http::RequestInit& init) {
    out_.key("requestInitEvent").begin_object();
    add_id(init.id());
    out_.key("method").string(method_of(init.method()));
    out_.key("scheme").string(scheme_of(init.scheme()));
    out_.key("authority").string(init.authority()).key("path").string(init.path());
    add_headers("headers", init.headers());
    out_.end_object();
  }
  void add(const Http::ResponseInit& init) {
    out_.key("responseInitEvent").begin_object();
    add_id(init.id());
    add_duration("sinceRequestInit", init.since_request_init());
    out_.key("httpStatus").integer(init.http_status());
    add_headers("headers", init.headers());
    out_.end_object();
  }
  void add(const Http::ResponseEnd& end) {
    out_.key("responseEndEvent").begin_object();
    add_id(end.id());
    add_duration("sinceRequestInit", end.since_request_init());
    add_duration("sinceResponseInit", end.since_response_init());
    out_.key("responseBytes").integer(static_cast<std::int64_t>(end.response_bytes()));
    add_headers("trailers", end.trailers());
    if (end.eos().has_grpc_status_code()) {
      out_.key("grpcStatusCode").integer(end.eos().grpc_status_code());
    }
    if (end.eos().has_reset_error_code()) {
      out_.key("resetErrorCode").integer(end.eos().reset_error_code());
    }
    if (!end.seine_error().empty()) out_.key("error").string(end.seine_error());
    if (!end.seine_not_retried().empty()) {
      out_.key("notRetried").string(end.seine_not_retried());
    }
    out_.end_object();
  }

  json::Writer out_;
};

// The next character of valid UTF-8 beyond ASCII.
std::pair<std::uint32_t, std::size_t> code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const auto tail = [&](std::size_t i) { return byte(i) & 0x3fU; };
  if (byte(0) < 0xe0) return {(byte(0) & 0x1fU) << 6 | tail(1), 2};
  if (byte(0) < 0xf0) return {(byte(0) & 0x0fU) << 12 | tail(1) << 6 | tail(2), 3};
  return {(byte(0) & 0x07U) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4};
}

void append_unit(std::uint32_t unit, std::string& out) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[unit >> shift & 0xf];
}

// Outside of strings JSON is ASCII, so escapes may stand wherever anything else is.
std::string in_ascii(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    if (static_cast<unsigned char>(json[i]) < 0x80) {
      out += json[i++];
      continue;
    }
    const auto [point, length] = code_point(json.substr(i));
    if (point >= 0x10000) {
      append_unit(0xd800 + ((point - 0x10000) >> 10), out);
      append_unit(0xdc00 + ((point - 0x10000) & 0x3ff), out);
    } else {
      append_unit(point, out);
    }
    i += length;
  }
  return out;
}

}  // namespace

std::string escape_tap_field(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out += "\\\\";
    } else if (byte > 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 0xf];
    }
  }
  return out;
}

std::string tap_line(const wire::Tapped& tapped, std::string_view kind) {
  const Http& http = tapped.event().http();
  switch (http.event_case()) {
    case Http::kRequestInit: {
      const auto& init = http.request_init();
      Line line("req", init.id());
      add_flow(tapped.event(), line);
      line.field(":method", method_of(init.method())).field(":authority", init.authority());
      line.field(":path", init.path());
      add_names(tapped, kind, line);
      return std::move(line).take();
    }
    case Http::kResponseInit: {
      const auto& init = http.response_init();
      Line line("rsp", init.id());
      add_flow(tapped.event(), line);
      line.plain(":status", std::to_string(init.http_status()));
      line.plain("latency", micros(init.since_request_init()));
      add_names(tapped, kind, line);
      return std::move(line).take();
    }
    case Http::kResponseEnd: {
      Line line("end", http.response_end().id());
      add_flow(tapped.event(), line);
      add_end(http.response_end(), line);
      add_names(tapped, kind, line);
      return std::move(line).take();
    }
    case Http::EVENT_NOT_SET: break;
  }
  return {};
}

std::string tap_json(const wire::Tapped& tapped) {
  if (tapped.event().http().event_case() == Http::EVENT_NOT_SET) return {};
  EventJson json;
  json.write(tapped);
  return in_ascii(std::move(json).take()) + "\n";
}

}  // namespace seine::cli
