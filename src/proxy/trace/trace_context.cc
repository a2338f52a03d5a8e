// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/trace_context.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/base64.h"

namespace seine::proxy {

namespace {

constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kGrpcTraceBin = "grpc-trace-bin";
constexpr std::string_view kB3 = "b3";
constexpr std::string_view kB3TraceId = "x-b3-traceid";
constexpr std::string_view kB3SpanId = "x-b3-spanid";
constexpr std::string_view kB3ParentSpanId = "x-b3-parentspanid";
constexpr std::string_view kB3Sampled = "x-b3-sampled";
constexpr std::string_view kB3Flags = "x-b3-flags";

constexpr std::uint8_t kSampled = 0x01;
// Of W3C's flags those that level 2 knows: sampled, and that the identifier is random.
constexpr std::uint8_t kKnownFlags = 0x03;

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  return std::nullopt;
}

// Lower case, two digits an octet, into the last octets of `out`.
template <std::size_t N>
bool parse_hex(std::string_view text, std::array<std::uint8_t, N>& out) {
  if (text.size() % 2 != 0 || text.size() > 2 * N) return false;
  out = {};
  const std::size_t skip = N - text.size() / 2;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_digit(text[i]);
    const auto low = hex_digit(text[i + 1]);
    if (!high || !low) return false;
    out[skip + i / 2] = static_cast<std::uint8_t>(*high << 4 | *low);
  }
  return true;
}

// An identifier of `digits` digits that is not zero.
template <std::size_t N>
bool parse_id(std::string_view text, std::size_t digits, std::array<std::uint8_t, N>& out) {
  return text.size() == digits && parse_hex(text, out) &&
         std::ranges::any_of(out, [](std::uint8_t octet) { return octet != 0; });
}

std::string hex(const std::uint8_t* octets, std::size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    out += kDigits[octets[i] >> 4];
    out += kDigits[octets[i] & 0x0f];
  }
  return out;
}
std::string hex(const SpanId& id) {
  return hex(id.data(), id.size());
}
std::string hex_trace(const TraceContext& context) {
  const std::size_t skip = context.is_short ? 8 : 0;
  return hex(context.trace_id.data() + skip, context.trace_id.size() - skip);
}

// version "-" trace-id "-" parent-id "-" flags, and in versions to come perhaps "-" and more.
std::optional<TraceContext> read_w3c(std::string_view text) {
  constexpr std::size_t kSize = 55;
  if (text.size() < kSize || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  TraceContext context;
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  if (!parse_hex(text.substr(0, 2), version) || version[0] == 0xff) return std::nullopt;
  if (text.size() > kSize && (version[0] == 0 || text[kSize] != '-')) return std::nullopt;
  if (!parse_id(text.substr(3, 32), 32, context.trace_id) ||
      !parse_id(text.substr(36, 16), 16, context.span_id) ||
      !parse_hex(text.substr(53, 2), flags)) {
    return std::nullopt;
  }
  context.flags = flags[0] & kKnownFlags;
  context.is_sampled = (context.flags & kSampled) != 0;
  return context;
}

// Octets: version 0; 0 and the trace; 1 and the span; 2 and the options.
constexpr std::size_t kBinSize = 1 + 1 + 16 + 1 + 8 + 1 + 1;

std::optional<TraceContext> read_bin(std::string_view text) {
  // Of the usual alphabet, padded or not.
  if (text.size() > 40) return std::nullopt;
  std::string own(text);
  while (own.ends_with('=')) own.pop_back();
  std::ranges::replace(own, '+', '-');
  std::ranges::replace(own, '/', '_');
  const Result<std::string> octets = decode_base64url(own);
  if (!octets || octets->size() != kBinSize) return std::nullopt;
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>((*octets)[i]); };
  if (at(0) != 0 || at(1) != 0 || at(18) != 1 || at(27) != 2) return std::nullopt;
  TraceContext context{.format = TraceFormat::kGrpcTraceBin};
  for (std::size_t i = 0; i < 16; ++i) context.trace_id[i] = at(2 + i);
  for (std::size_t i = 0; i < 8; ++i) context.span_id[i] = at(19 + i);
  if (context.trace_id == TraceId{} || context.span_id == SpanId{}) return std::nullopt;
  context.flags = at(28);
  context.is_sampled = (context.flags & kSampled) != 0;
  return context;
}

std::string write_bin(const TraceContext& context, const SpanId& span) {
  std::string octets(kBinSize, '\0');
  std::ranges::copy(context.trace_id, octets.begin() + 2);
  octets[18] = 1;
  std::ranges::copy(span, octets.begin() + 19);
  octets[27] = 2;
  octets[28] = static_cast<char>(context.flags);
  std::string text = encode_base64url(octets);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  return text;
}

bool read_b3_ids(std::string_view trace, std::string_view span, TraceContext& context) {
  context.is_short = trace.size() == 16;
  return parse_id(trace, context.is_short ? 16 : 32, context.trace_id) &&
         parse_id(span, 16, context.span_id);
}

// trace "-" span, then perhaps "-" 1, 0 or d, then perhaps "-" the parent. A decision alone names
// no trace.
std::optional<TraceContext> read_b3_single(std::string_view text) {
  std::array<std::string_view, 4> parts;
  std::size_t count = 0;
  for (;;) {
    if (count == parts.size()) return std::nullopt;
    const auto dash = text.find('-');
    parts[count++] = text.substr(0, dash);
    if (dash == std::string_view::npos) break;
    text.remove_prefix(dash + 1);
  }
  TraceContext context{.format = TraceFormat::kB3Single};
  if (count < 2 || !read_b3_ids(parts[0], parts[1], context)) return std::nullopt;
  if (count >= 3) {
    context.is_debug = parts[2] == "d";
    context.is_sampled = context.is_debug || parts[2] == "1";
    if (!context.is_sampled && parts[2] != "0") return std::nullopt;
  }
  SpanId parent{};
  if (count == 4 && !parse_id(parts[3], 16, parent)) return std::nullopt;
  return context;
}

std::optional<TraceContext> read_b3_multi(const http::Headers& headers, std::string_view trace) {
  TraceContext context{.format = TraceFormat::kB3Multi};
  const auto span = headers.get(kB3SpanId);
  if (!span || !read_b3_ids(trace, *span, context)) return std::nullopt;
  context.is_debug = headers.get(kB3Flags) == "1";
  const auto sampled = headers.get(kB3Sampled);
  context.is_sampled = context.is_debug || sampled == "1" || sampled == "true";
  return context;
}

}  // namespace

std::optional<TraceContext> read_trace(const http::Headers& headers) {
  // A header that is there twice says two things.
  const auto once = [&](std::string_view name, auto read) -> std::optional<TraceContext> {
    if (headers.count(name) != 1) return std::nullopt;
    return read(*headers.get(name));
  };
  if (headers.contains(kTraceparent)) return once(kTraceparent, read_w3c);
  if (headers.contains(kGrpcTraceBin)) return once(kGrpcTraceBin, read_bin);
  if (headers.contains(kB3)) return once(kB3, read_b3_single);
  return once(kB3TraceId, [&](std::string_view trace) { return read_b3_multi(headers, trace); });
}

bool denies_sampling(const http::Headers& headers) {
  const auto sampled = headers.get(kB3Sampled);
  return headers.get(kB3) == "0" || sampled == "0" || sampled == "false";
}

void write_trace(const TraceContext& context, const SpanId& span, http::Headers& headers) {
  switch (context.format) {
    case TraceFormat::kW3c:
      headers.set(kTraceparent,
                  "00-" + hex_trace(context) + "-" + hex(span) + "-" + hex(&context.flags, 1));
      break;
    case TraceFormat::kGrpcTraceBin: headers.set(kGrpcTraceBin, write_bin(context, span)); break;
    case TraceFormat::kB3Single:
      headers.set(kB3, hex_trace(context) + "-" + hex(span) +
                           (context.is_debug ? "-d-" : (context.is_sampled ? "-1-" : "-0-")) +
                           hex(context.span_id));
      break;
    case TraceFormat::kB3Multi:
      headers.set(kB3SpanId, hex(span));
      headers.set(kB3ParentSpanId, hex(context.span_id));
      break;
  }
}

}  // namespace seine::proxy
