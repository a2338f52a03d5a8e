// SPDX-License-Identifier: Apache-2.0
// The exposition body. Linkerd's has two parts: the older families in the plain Prometheus form,
// then the newer ones in the OpenMetrics form, where names carry their unit and counters `_total`,
// and `# EOF` ends the body.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "metrics/labels.h"

namespace seine::metrics {

enum class Part : std::uint8_t { kPlain, kOpenMetrics };
enum class Kind : std::uint8_t { kCounter, kGauge, kHistogram };
enum class Unit : std::uint8_t { kNone, kSeconds, kBytes };

struct Description {
  // In the plain part the whole name; in the OpenMetrics part without unit and `_total`.
  std::string name;
  // A sentence.
  std::string help;
  Unit unit = Unit::kNone;
  Part part = Part::kOpenMetrics;
};

// Appends to one body. Used by the registry and, through it, by collectors.
class TextWriter {
 public:
  // Starts a family; samples that follow belong to it.
  void family(const Description& description, Kind kind);

  void sample(std::string_view labels, std::int64_t value);
  void sample(std::string_view labels, double value);
  // One line of a histogram: suffix "_bucket" with its bound, "_sum" or "_count".
  void bucket(std::string_view labels, std::string_view bound, std::uint64_t cumulative);
  void sum(std::string_view labels, double value);
  void count(std::string_view labels, std::uint64_t value);

  // A family with a single sample.
  template <class Value>
  void single(const Description& description, Kind kind, Value value, const LabelSet auto& labels) {
    family(description, kind);
    LabelWriter writer;
    labels.write(writer);
    sample(writer.text(), value);
  }
  template <class Value>
  void single(const Description& description, Kind kind, Value value) {
    single(description, kind, value, NoLabels());
  }

  // Ends the body.
  std::string finish() &&;

 private:
  void line(std::string_view suffix, std::string_view labels, std::string_view bound);

  std::string body_;
  std::string name_;         // of the family, with its unit
  std::string_view suffix_;  // of a plain sample: "_total" or nothing
};

// "0.5", "10" or "+Inf"; in the OpenMetrics part whole numbers read "10.0".
std::string format_bound(double bound, Part part);

}  // namespace seine::metrics
