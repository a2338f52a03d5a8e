// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/encode_span.h"

#include <map>
#include <string>

#include "base/utf8.h"

namespace seine::proxy {

namespace {

namespace wire = opentelemetry::proto;

template <std::size_t N>
std::string octets(const std::array<std::uint8_t, N>& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

std::uint64_t nanoseconds(WallTime time) {
  const auto count = time.time_since_epoch().count();
  return count > 0 ? static_cast<std::uint64_t>(count) : 0;
}

void encode(const Span& span, wire::trace::v1::Span& out) {
  out.set_trace_id(octets(span.trace_id));
  out.set_span_id(octets(span.id));
  if (span.parent != SpanId{}) out.set_parent_span_id(octets(span.parent));
  out.set_trace_state(replace_invalid_utf8(span.trace_state));
  out.set_name(replace_invalid_utf8(span.name));
  out.set_kind(span.is_server ? wire::trace::v1::Span::SPAN_KIND_SERVER
                              : wire::trace::v1::Span::SPAN_KIND_CLIENT);
  out.set_start_time_unix_nano(nanoseconds(span.started));
  out.set_end_time_unix_nano(nanoseconds(span.ended));
  out.set_flags(span.flags);
  for (const auto& [key, value] : span.attributes) {
    wire::common::v1::KeyValue& attribute = *out.add_attributes();
    attribute.set_key(std::string(key));
    if (const auto* text = std::get_if<std::string>(&value)) {
      attribute.mutable_value()->set_string_value(replace_invalid_utf8(*text));
    } else {
      attribute.mutable_value()->set_int_value(std::get<std::int64_t>(value));
    }
  }
  if (!span.failed) return;
  out.mutable_status()->set_code(wire::trace::v1::Status::STATUS_CODE_ERROR);
  out.mutable_status()->set_message(span.error);
}

}  // namespace

wire::collector::trace::v1::ExportTraceServiceRequest encode_spans(const TraceAttributes& resource,
                                                                   std::span<const Span> spans) {
  wire::collector::trace::v1::ExportTraceServiceRequest request;
  wire::trace::v1::ResourceSpans& all = *request.add_resource_spans();
  // Of a key that is there twice the last holds.
  std::map<std::string_view, std::string_view> attributes;
  for (const auto& [key, value] : resource) attributes.insert_or_assign(key, value);
  for (const auto& [key, value] : attributes) {
    wire::common::v1::KeyValue& attribute = *all.mutable_resource()->add_attributes();
    attribute.set_key(replace_invalid_utf8(key));
    attribute.mutable_value()->set_string_value(replace_invalid_utf8(value));
  }
  wire::trace::v1::ScopeSpans& scope = *all.add_scope_spans();
  scope.mutable_scope()->set_name("seine-proxy");
  for (const Span& span : spans) encode(span, *scope.add_spans());
  return request;
}

}  // namespace seine::proxy
