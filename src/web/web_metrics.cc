// SPDX-License-Identifier: Apache-2.0
#include "web/web_metrics.h"

namespace seine::web {
namespace {

struct KindLabels {
  std::string_view kind;
  void write(metrics::LabelWriter& out) const { out.add("kind", kind); }
};

struct ReasonLabels {
  std::string_view reason;
  void write(metrics::LabelWriter& out) const { out.add("reason", reason); }
};

}  // namespace

WebMetrics::WebMetrics(metrics::Registry& registry, std::size_t core)
    : sessions(registry
                   .gauge({.description = {.name = "seine_web_sessions",
                                           .help = "Sessions that have not expired."}})
                   .get(core)),
      core_(core),
      requests_(registry.counter({.description = {.name = "seine_web_requests",
                                                  .help = "Requests of browsers, by what for."}})),
      refused_(
          registry.counter({.description = {.name = "seine_web_refused",
                                            .help = "Requests that were refused, and why."}})) {}

void WebMetrics::count_request(std::string_view kind) {
  requests_.get(core_, KindLabels{kind}).add();
}

void WebMetrics::count_refused(std::string_view reason) {
  refused_.get(core_, ReasonLabels{reason}).add();
}

}  // namespace seine::web
