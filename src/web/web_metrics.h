// SPDX-License-Identifier: Apache-2.0
// What a web server counts. Recorded on its one loop.
#pragma once

#include <cstddef>
#include <string_view>

#include "metrics/registry.h"

namespace seine::web {

class WebMetrics {
 public:
  // `registry` outlives it. `core` is that of the server's loop.
  WebMetrics(metrics::Registry& registry, std::size_t core);

  // seine_web_requests_total{kind}: "asset", "api" or "sign_in".
  void count_request(std::string_view kind);
  // seine_web_refused_total{reason}: "host", "origin", "cross_site", "target", "not_signed_in",
  // "rate", "link", "upgrade", "body" or "connections", each a limit or a guard of
  // docs/internals/web.md.
  void count_refused(std::string_view reason);

  const metrics::Gauge sessions;  // seine_web_sessions

 private:
  const std::size_t core_;
  metrics::Family<metrics::Counter>& requests_;
  metrics::Family<metrics::Counter>& refused_;
};

}  // namespace seine::web
