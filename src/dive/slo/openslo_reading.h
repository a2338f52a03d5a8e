// SPDX-License-Identifier: Apache-2.0
// What the readers of OpenSLO's parts share.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fmt/format.h"

#include "base/time.h"
#include "dive/slo/objective.h"
#include "dive/slo/openslo.h"
#include "dive/slo/yaml_fields.h"

namespace seine::dive {

struct OpensloReading {
  std::string_view file;
  std::map<std::string, const YamlNode*, std::less<>> indicators;  // `spec` of each SLI, by name
  OpensloObjectives out;

  void note(std::size_t line, std::string_view sentence) {
    out.notes.push_back(fmt::format("{}:{}: {}", file, line, sentence));
  }
};

// Finishes the inner fields and hands their error to the outer ones.
inline void finish_into(YamlFields& outer, YamlFields& inner) {
  if (auto done = inner.finish(); !done) outer.add_error(std::move(done.error()));
}

// Whose requests, and what makes one good.
struct OpensloMetric {
  Subject subject;
  std::optional<Duration> within;
};

// Of the members indicator or indicatorRef of an SLO's spec; `service` is whose requests are meant
// where the metric does not say. Nothing: `slo` has the error.
std::optional<OpensloMetric> read_indicator(const OpensloReading& reading, YamlFields& slo,
                                            std::string_view service);

}  // namespace seine::dive
