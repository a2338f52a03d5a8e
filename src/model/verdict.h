// SPDX-License-Identifier: Apache-2.0
// What a response was, by how it ended: the one place where that is decided. Proxies report facts,
// readers ask here, and the proxy's own `classification` label does, too. Pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace seine::model {

// As a row of seine.telemetry.v1 has them.
struct ResponseFacts {
  std::uint32_t http_status = 0;  // 0: no response came
  std::int32_t grpc_status = -1;  // -1: not gRPC, or its stream ended without one
  std::string_view cause;         // error_name(); empty: none
  bool excluded = false;          // a probe
};

enum class Verdict : std::uint8_t {
  kSuccess,
  kFailure,
  kCancelled,  // the caller went away: nobody's failure, and no success
  kExcluded,   // not traffic
};

// HTTP 5xx fails; gRPC fails by the codes 2, 4, 7, 13, 14 and 15 (Linkerd's list); a gRPC stream
// without a status is a success of unknown status.
bool is_success(std::uint32_t http_status, std::int32_t grpc_status);

// A response that did not come or broke off is a failure whatever its status. One that the proxy
// made in order to refuse a request (403, 404, 429), or that a policy injected, is judged by its
// status, as the application's own would be.
Verdict judge(const ResponseFacts& facts);

}  // namespace seine::model
