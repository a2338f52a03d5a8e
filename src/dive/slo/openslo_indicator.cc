// SPDX-License-Identifier: Apache-2.0
// What OpenSLO calls an indicator: of the metrics that it knows, the ratio of counts that a mesh
// has.
#include <utility>

#include "fmt/format.h"

#include "dive/slo/openslo_reading.h"
#include "dive/slo/subject_fields.h"

namespace seine::dive {
namespace {

constexpr std::string_view kSource = "seine";

// `metric` is what `good` and `total` hold.
std::optional<OpensloMetric> read_metric(const OpensloReading& reading, YamlFields& ratio,
                                         std::string_view key, std::string_view service) {
  const YamlNode* node = ratio.map(key);
  if (node == nullptr) return std::nullopt;
  YamlFields fields(*node, reading.file, std::string(key));
  const YamlNode* source_node = fields.map("metricSource");
  if (source_node == nullptr) {
    finish_into(ratio, fields);
    return std::nullopt;
  }
  YamlFields source(*source_node, reading.file, "metricSource");
  source.find("metricSourceRef");
  const std::string type = source.text("type");
  if (!source.failed() && type != kSource) {
    source.add_error("type", fmt::format("a metric of type '{}' is not counted by the mesh; write "
                                         "type: seine, and in spec whose requests",
                                         type.substr(0, 64)));
  }
  const YamlNode* spec_node = source.map("spec");
  if (source.failed() || spec_node == nullptr) {
    finish_into(ratio, source);
    return std::nullopt;
  }
  YamlFields spec(*spec_node, reading.file, "spec of a metric of type seine");
  OpensloMetric metric{take_subject(spec, service), std::nullopt};
  if (key == "good" && spec.has("within")) {
    metric.within = spec.take("within", parse_duration(spec.text("within")));
  }
  finish_into(source, spec);
  finish_into(fields, source);
  finish_into(ratio, fields);
  return metric;
}

std::optional<OpensloMetric> read_ratio(const OpensloReading& reading, YamlFields& indicator,
                                        std::string_view service) {
  if (indicator.has("thresholdMetric")) {
    indicator.add_error("thresholdMetric",
                        "a thresholdMetric compares values, and the mesh counts requests; write "
                        "a ratioMetric whose good has within: 50ms");
    return std::nullopt;
  }
  indicator.text_or_empty("description");
  const YamlNode* node = indicator.map("ratioMetric");
  if (node == nullptr) return std::nullopt;
  YamlFields ratio(*node, reading.file, "ratioMetric");
  ratio.find("counter");
  for (const std::string_view key : {"bad", "raw"}) {
    if (ratio.has(key)) {
      ratio.add_error(key, fmt::format("'{}' is not read; write good and total", key));
    }
  }
  auto good = read_metric(reading, ratio, "good", service);
  const auto total = read_metric(reading, ratio, "total", service);
  if (good && total && good->subject != total->subject) {
    ratio.add_error("total", "good and total are of different requests; write the same spec");
  }
  finish_into(indicator, ratio);
  return good && total ? good : std::nullopt;
}

}  // namespace

std::optional<OpensloMetric> read_indicator(const OpensloReading& reading, YamlFields& slo,
                                            std::string_view service) {
  if (slo.has("indicatorRef")) {
    if (slo.has("indicator")) {
      slo.add_error("indicator", "an SLO has an indicator or an indicatorRef; remove one of both");
    }
    const std::string name = slo.text("indicatorRef");
    const auto found = reading.indicators.find(name);
    if (slo.failed()) return std::nullopt;
    if (found == reading.indicators.end()) {
      slo.add_error("indicatorRef", fmt::format("there is no SLI '{}' in this file; add it, or "
                                                "write the indicator here",
                                                name.substr(0, 64)));
      return std::nullopt;
    }
    YamlFields spec(*found->second, reading.file, "spec of an SLI");
    auto metric = read_ratio(reading, spec, service);
    finish_into(slo, spec);
    return metric;
  }
  const YamlNode* node = slo.map("indicator");
  if (node == nullptr) return std::nullopt;
  YamlFields indicator(*node, reading.file, "indicator");
  indicator.find("metadata");
  std::optional<OpensloMetric> metric;
  if (const YamlNode* spec_node = indicator.map("spec")) {
    YamlFields spec(*spec_node, reading.file, "spec of an indicator");
    metric = read_ratio(reading, spec, service);
    finish_into(indicator, spec);
  }
  finish_into(slo, indicator);
  return metric;
}

}  // namespace seine::dive
