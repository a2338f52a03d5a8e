// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/encode_tap_event.h"

#include <chrono>

#include "base/check.h"
#include "base/utf8.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::tap;
namespace types = io::linkerd::proxy::http_types;

namespace {

void encode_duration(Duration duration, google::protobuf::Duration& out) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<std::int32_t>((duration - seconds).count()));
}

void add_field(std::string_view name, std::string_view value, types::Headers& out) {
  types::Headers::Header& header = *out.add_headers();
  header.set_name(std::string(name));
  header.set_value(std::string(value));
}

void encode_fields(const http::Headers& fields, types::Headers& out) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const http::Headers::Field field = fields.at(i);
    add_field(field.name, field.value, out);
  }
}

void encode_method(const std::string& method, types::HttpMethod& out) {
  types::HttpMethod::Registered registered{};
  if (types::HttpMethod::Registered_Parse(method, &registered)) {
    out.set_registered(registered);
  } else {
    out.set_unregistered(method);
  }
}

void encode_scheme(const std::string& scheme, types::Scheme& out) {
  if (scheme == "http") {
    out.set_registered(types::Scheme::HTTP);
  } else if (scheme == "https") {
    out.set_registered(types::Scheme::HTTPS);
  } else {
    out.set_unregistered(scheme);
  }
}

// Texts of the wire are UTF-8: bytes that are not would make a watcher drop the whole stream, so
// none goes out without replace_invalid_utf8().
struct EventEncoder {
  std::uint32_t base;
  std::uint64_t stream;
  wire::TapEvent::Http& out;

  void set_id(wire::TapEvent::Http::StreamId& id) const {
    id.set_base(base);
    id.set_stream(stream);
  }
  void operator()(std::monostate) const { SEINE_CHECK(false, "the end of a tap is no event"); }
  void operator()(const TapRequestInit& init) const {
    auto& event = *out.mutable_request_init();
    set_id(*event.mutable_id());
    encode_method(init.method, *event.mutable_method());
    encode_scheme(init.scheme, *event.mutable_scheme());
    event.set_authority(replace_invalid_utf8(init.authority));
    event.set_path(replace_invalid_utf8(init.path));
    if (init.fields.empty()) return;
    types::Headers& headers = *event.mutable_headers();
    if (init.http2) {
      add_field(":method", init.method, headers);
      add_field(":scheme", init.scheme, headers);
      add_field(":authority", init.authority, headers);
      add_field(":path", init.path, headers);
    }
    encode_fields(init.fields, headers);
  }
  void operator()(const TapResponseInit& init) const {
    auto& event = *out.mutable_response_init();
    set_id(*event.mutable_id());
    encode_duration(init.since_request, *event.mutable_since_request_init());
    event.set_http_status(init.status);
    if (init.fields.empty()) return;
    if (init.http2) add_field(":status", std::to_string(init.status), *event.mutable_headers());
    encode_fields(init.fields, *event.mutable_headers());
  }
  void operator()(const TapResponseEnd& end) const {
    auto& event = *out.mutable_response_end();
    set_id(*event.mutable_id());
    encode_duration(end.since_request, *event.mutable_since_request_init());
    encode_duration(end.since_response, *event.mutable_since_response_init());
    event.set_response_bytes(end.bytes);
    if (end.reset) {
      event.mutable_eos()->set_reset_error_code(*end.reset);
      event.set_seine_error(replace_invalid_utf8(end.error));
    } else if (end.grpc_status) {
      event.mutable_eos()->set_grpc_status_code(*end.grpc_status);
    }
    event.set_seine_not_retried(replace_invalid_utf8(end.not_retried));
    if (!end.trailers.empty()) encode_fields(end.trailers, *event.mutable_trailers());
  }
};

template <class Meta>
void encode_labels(const model::Labels& labels, Meta& out) {
  for (const auto& [key, value] : labels)
    (*out.mutable_labels())[replace_invalid_utf8(key)] = replace_invalid_utf8(value);
}

}  // namespace

void encode_tap_event(const TapRecord& record, std::uint32_t base, wire::TapEvent& out) {
  const TapEnds& ends = *record.ends;
  encode_addr(ends.source, *out.mutable_source());
  encode_addr(ends.destination, *out.mutable_destination());
  encode_labels(ends.source_labels, *out.mutable_source_meta());
  encode_labels(ends.destination_labels, *out.mutable_destination_meta());
  if (!ends.route_labels.empty()) encode_labels(ends.route_labels, *out.mutable_route_meta());
  out.set_proxy_direction(ends.direction == Direction::kInbound ? wire::TapEvent::INBOUND
                                                                : wire::TapEvent::OUTBOUND);
  std::visit(EventEncoder{base, record.stream, *out.mutable_http()}, record.event);
}

}  // namespace seine::proxy
