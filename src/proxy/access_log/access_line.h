// SPDX-License-Identifier: Apache-2.0
// The lines of the access log. Pure. Whatever a client writes stays within its own value, within
// one line: control characters, quotes and bytes that are no text are escaped, long values are cut.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/prompt_writer.h"
#include "base/time.h"
#include "proxy/access_log/access_log_config.h"
#include "proxy/exchange_watch.h"

namespace seine::proxy {

// With its line feed: as much as a pipe takes whole.
inline constexpr std::size_t kMaxAccessLine = PromptWriter::kWhole;
// Of one value, as it is written: a URI, and any other. What was cut ends in "...".
inline constexpr std::size_t kMaxAccessUri = 2048;
inline constexpr std::size_t kMaxAccessValue = 256;

// A request that has ended; borrowed for the length of a call. What it did not say is empty.
struct AccessFacts {
  WallTime timestamp;  // when it began
  std::string_view client_addr;
  std::string_view client_id;  // empty: none that TLS proved
  std::string_view target_addr;
  std::string_view host;
  std::string_view method;
  std::string_view uri;
  std::string_view version;
  std::string_view request_bytes;  // content-length
  std::string_view trace_id;
  std::string_view user_agent;
  std::span<const std::string> headers;  // values of AccessLogConfig::headers
  ExchangeEnd end;
};

// Ends with a line feed; never longer than kMaxAccessLine.
std::string access_line(const AccessLogConfig& config, const AccessFacts& facts);

}  // namespace seine::proxy
