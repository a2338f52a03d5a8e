// SPDX-License-Identifier: Apache-2.0
#include "cli/stat/stat_output.h"

#include <chrono>
#include <cmath>
#include <optional>

#include "cli/cells.h"
#include "cli/table.h"
#include "json/writer.h"

namespace seine::cli {

using telemetry::StatRow;
using telemetry::Traffic;

namespace {

// What is below these is coloured.
constexpr double kWorrying = 0.95;
constexpr double kFine = 0.9995;

// Nothing where nobody has counted.
std::optional<double> per_second(std::uint64_t count, const StatRow& row) {
  const double seconds = std::chrono::duration<double>(row.counted.total()).count();
  if (seconds <= 0) return std::nullopt;
  return static_cast<double>(count) / seconds;
}

std::optional<double> requests_per_second(const StatRow& row) {
  if (row.traffic.requests() == 0) return std::nullopt;
  return per_second(row.traffic.requests(), row);
}

std::optional<double> bytes_per_second(const StatRow& row, std::uint64_t bytes) {
  return row.traffic.has_tcp ? per_second(bytes, row) : std::nullopt;
}

Cell success_of(const Traffic& traffic) {
  if (traffic.judged() == 0) return {"-"};
  const double share = static_cast<double>(traffic.success) / static_cast<double>(traffic.judged());
  const Colour colour = share < kWorrying ? Colour::kRed
                        : share < kFine   ? Colour::kYellow
                                          : Colour::kGreen;
  return {success_cell(traffic.success, traffic.judged()), colour};
}

std::vector<Column> columns(const StatFormat& format) {
  std::vector<Column> out;
  if (format.has_namespaces) out.push_back({"NAMESPACE"});
  out.push_back({"NAME"});
  out.push_back({"MESHED", Align::kRight});
  out.push_back({"SUCCESS", Align::kRight});
  out.push_back({"RPS", Align::kRight});
  out.push_back({"LATENCY_P50", Align::kRight, "P50"});
  out.push_back({"LATENCY_P95", Align::kRight, "P95"});
  out.push_back({"LATENCY_P99", Align::kRight, "P99"});
  out.push_back({"TCP_CONN", Align::kRight});
  if (format.is_wide) {
    out.push_back({"READ_BYTES/SEC", Align::kRight, "READ/SEC"});
    out.push_back({"WRITE_BYTES/SEC", Align::kRight, "WRITE/SEC"});
  }
  return out;
}

std::vector<Cell> cells(const StatRow& row, const StatFormat& format) {
  const Traffic& traffic = row.traffic;
  std::vector<Cell> out;
  if (format.has_namespaces) out.push_back({row.ns});
  out.push_back({row.name});
  out.push_back({meshed_cell(row.meshed, row.pods)});
  out.push_back(success_of(traffic));
  const auto rate = requests_per_second(row);
  out.push_back({rate ? rate_cell(*rate) : "-"});
  for (const double q : {0.5, 0.95, 0.99}) out.push_back({latency_cell(traffic.quantile(q))});
  out.push_back({traffic.has_tcp ? std::to_string(traffic.open) : "-"});
  if (!format.is_wide) return out;
  for (const std::uint64_t bytes : {traffic.read_bytes, traffic.written_bytes}) {
    const auto byte_rate = bytes_per_second(row, bytes);
    out.push_back({byte_rate ? byte_rate_cell(*byte_rate) : "-"});
  }
  return out;
}

void write_number(json::Writer& out, std::string_view key, std::optional<double> value) {
  out.key(key);
  value ? out.number(*value) : out.null();
}

void write_integer(json::Writer& out, std::string_view key, std::optional<std::int64_t> value) {
  out.key(key);
  value ? out.integer(*value) : out.null();
}

std::optional<std::int64_t> milliseconds(const std::optional<Duration>& latency) {
  if (!latency) return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(*latency).count();
}

void write_row(json::Writer& out, const StatRow& row, const StatFormat& format) {
  const Traffic& traffic = row.traffic;
  const auto if_any = [](bool there, double value) {
    return there ? std::optional(value) : std::nullopt;
  };
  out.begin_object().key("namespace").string(row.ns);
  out.key("kind").string(telemetry::kind_name(format.kind)).key("name").string(row.name);
  out.key("meshed").string(meshed_cell(row.meshed, row.pods));
  write_number(out, "success",
               if_any(traffic.judged() > 0, static_cast<double>(traffic.success) /
                                                static_cast<double>(traffic.judged())));
  write_number(out, "rps", requests_per_second(row));
  write_integer(out, "latency_ms_p50", milliseconds(traffic.quantile(0.5)));
  write_integer(out, "latency_ms_p95", milliseconds(traffic.quantile(0.95)));
  write_integer(out, "latency_ms_p99", milliseconds(traffic.quantile(0.99)));
  write_integer(
      out, "tcp_open_connections",
      traffic.has_tcp ? std::optional(static_cast<std::int64_t>(traffic.open)) : std::nullopt);
  write_number(out, "tcp_read_bytes_rate", bytes_per_second(row, traffic.read_bytes));
  write_number(out, "tcp_write_bytes_rate", bytes_per_second(row, traffic.written_bytes));
  // Not Linkerd's: what the rates are made of.
  out.key("requests").integer(static_cast<std::int64_t>(traffic.requests()));
  out.key("counted_seconds").number(std::chrono::duration<double>(row.counted.total()).count());
  out.end_object();
}

}  // namespace

std::string stat_table(const std::vector<StatRow>& rows, const StatFormat& format,
                       const Terminal& terminal) {
  Table table(columns(format));
  for (const StatRow& row : rows) table.add(cells(row, format));
  return table.render(terminal);
}

std::string stat_json(const std::vector<StatRow>& rows, const StatFormat& format) {
  json::Writer out;
  out.begin_array();
  for (const StatRow& row : rows) write_row(out, row, format);
  out.end_array();
  return std::move(out).take() + "\n";
}

}  // namespace seine::cli
