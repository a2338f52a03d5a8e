// SPDX-License-Identifier: Apache-2.0
#include "metrics/text.h"

#include <cmath>
#include <iterator>

#include "fmt/format.h"

namespace seine::metrics {

namespace {

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::kCounter: return "counter";
    case Kind::kGauge: return "gauge";
    case Kind::kHistogram: return "histogram";
  }
  return "unknown";
}

std::string_view unit_name(Unit unit) {
  switch (unit) {
    case Unit::kNone: return "";
    case Unit::kSeconds: return "seconds";
    case Unit::kBytes: return "bytes";
  }
  return "";
}

std::string format_double(double value) {
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  if (std::isnan(value)) return "NaN";
  return fmt::format("{}", value);
}

}  // namespace

std::string format_bound(double bound, Part part) {
  std::string text = format_double(bound);
  const bool whole = text.find_first_not_of("0123456789") == std::string::npos;
  if (part == Part::kOpenMetrics && whole) text += ".0";
  return text;
}

void TextWriter::family(const Description& description, Kind kind) {
  const bool open = description.part == Part::kOpenMetrics;
  const std::string_view unit = open ? unit_name(description.unit) : "";
  name_ = description.name;
  if (!unit.empty()) fmt::format_to(std::back_inserter(name_), "_{}", unit);
  suffix_ = open && kind == Kind::kCounter ? "_total" : "";
  fmt::format_to(std::back_inserter(body_), "# HELP {} {}\n# TYPE {} {}\n", name_, description.help,
                 name_, kind_name(kind));
  if (!unit.empty()) fmt::format_to(std::back_inserter(body_), "# UNIT {} {}\n", name_, unit);
}

void TextWriter::line(std::string_view suffix, std::string_view labels, std::string_view bound) {
  body_ += name_;
  body_ += suffix;
  if (!labels.empty() || !bound.empty()) {
    body_ += '{';
    body_ += labels;
    if (!bound.empty()) {
      if (!labels.empty()) body_ += ',';
      body_ += "le=\"";
      body_ += bound;
      body_ += '"';
    }
    body_ += '}';
  }
  body_ += ' ';
}

void TextWriter::sample(std::string_view labels, std::int64_t value) {
  line(suffix_, labels, {});
  body_ += fmt::format_int(value).c_str();
  body_ += '\n';
}

void TextWriter::sample(std::string_view labels, double value) {
  line(suffix_, labels, {});
  body_ += format_double(value);
  body_ += '\n';
}

void TextWriter::bucket(std::string_view labels, std::string_view bound, std::uint64_t cumulative) {
  line("_bucket", labels, bound);
  body_ += fmt::format_int(cumulative).c_str();
  body_ += '\n';
}

void TextWriter::sum(std::string_view labels, double value) {
  line("_sum", labels, {});
  body_ += format_double(value);
  body_ += '\n';
}

void TextWriter::count(std::string_view labels, std::uint64_t value) {
  line("_count", labels, {});
  body_ += fmt::format_int(value).c_str();
  body_ += '\n';
}

std::string TextWriter::finish() && {
  body_ += "# EOF\n";
  return std::move(body_);
}

}  // namespace seine::metrics
