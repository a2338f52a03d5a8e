// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "proxy/trace/trace_context.h"

// Input: lines NAME=VALUE, headers of a request. What is read as a trace is, once another span is
// written, the same trace from that span.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace proxy = seine::proxy;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  seine::http::Headers headers;
  while (!rest.empty()) {
    const auto newline = rest.find('\n');
    const std::string_view line = rest.substr(0, newline);
    rest = newline == std::string_view::npos ? std::string_view() : rest.substr(newline + 1);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    if (!seine::http::is_token(line.substr(0, equals)) ||
        !seine::http::is_field_value(line.substr(equals + 1))) {
      continue;
    }
    headers.add(line.substr(0, equals), line.substr(equals + 1));
  }
  auto read = proxy::read_trace(headers);
  if (!read) return 0;
  const proxy::SpanId span = {1, 2, 3, 4, 5, 6, 7, 8};
  proxy::write_trace(*read, span, headers);
  const auto again = proxy::read_trace(headers);
  read->span_id = span;
  SEINE_CHECK(again == read, "another span changed its trace");
  return 0;
}
