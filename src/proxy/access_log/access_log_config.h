// SPDX-License-Identifier: Apache-2.0
// What the environment says of the access log: LINKERD2_PROXY_ACCESS_LOG, as Linkerd has it, and
// our own SEINE_PROXY_ACCESS_LOG_*.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/environment.h"

namespace seine::proxy {

inline constexpr std::size_t kMaxAccessFields = 32;
inline constexpr std::size_t kMaxAccessKeys = 512;      // bytes of all keys together
inline constexpr std::size_t kMaxAccessFieldText = 64;  // bytes of a key, a header's name, a value

enum class AccessLogFormat : std::uint8_t {
  kApache,  // one line of text, as Linkerd's
  kJson,    // the fields that Linkerd's has
  kFields,  // JSON of the fields that were asked for
};

// What is known of a request. The first are Linkerd's, and their names as well.
enum class AccessFact : std::uint8_t {
  kClientAddr,
  kClientId,
  kHost,
  kMethod,
  kProcessingNs,
  kRequestBytes,
  kResponseBytes,
  kStatus,
  kTimestamp,
  kTotalNs,
  kTraceId,
  kUri,
  kUserAgent,
  kVersion,
  kTargetAddr,
  kGrpcStatus,
  kError,
  kHeader,  // a field of the request
  kText,    // what the configuration says
};

struct AccessField {
  std::string key;
  AccessFact fact = AccessFact::kText;
  std::string text;        // the value of kText, the lower-case name of kHeader
  std::size_t header = 0;  // of kHeader: which of the headers that are asked for
};

struct AccessLogConfig {
  AccessLogFormat format = AccessLogFormat::kJson;
  std::vector<AccessField> fields;   // of JSON
  std::vector<std::string> headers;  // the names of those that are kHeader, in their order
  double sample = 1;                 // of requests that did not fail
};

// Those of Linkerd's JSON, in its order.
std::vector<AccessField> linkerd_access_fields();

// None unless LINKERD2_PROXY_ACCESS_LOG says so.
std::optional<AccessLogConfig> read_access_log(EnvironmentReader& env);

}  // namespace seine::proxy
