// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/demo_report.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "cli/cells.h"
#include "cli/table.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

// Two digits, down: 0.9999 of the requests is not all of them.
double truncated_percent(std::uint64_t part, std::uint64_t whole) {
  return std::floor(static_cast<double>(part) * 10'000.0 / static_cast<double>(whole)) / 100.0;
}

std::uint64_t judged(const DemoService& service) {
  return service.succeeded + service.failed;
}

void write_latency(json::Writer& out, std::string_view key, std::optional<Duration> latency) {
  out.key(key);
  if (!latency) {
    out.null();
    return;
  }
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(*latency).count();
  out.number(static_cast<double>(us) / 1000.0);
}

double per_second(const DemoService& service) {
  return service.seconds > 0 ? static_cast<double>(service.outbound) / service.seconds : 0;
}

void write_service(json::Writer& out, const DemoService& service) {
  const auto number = [&out](std::string_view key, std::uint64_t value) {
    out.key(key).integer(static_cast<std::int64_t>(value));
  };
  out.begin_object().key("namespace").string(service.ns).key("name").string(service.name);
  number("requests_generated", service.generated.sent);
  number("requests_proxied", service.proxied());
  number("inbound", service.inbound);
  number("outbound", service.outbound);
  out.key("success");
  if (judged(service) == 0) {
    out.null();
  } else {
    out.number(truncated_percent(service.succeeded, judged(service)));
  }
  out.key("rps").number(per_second(service));
  write_latency(out, "p50_ms", service.p50);
  write_latency(out, "p95_ms", service.p95);
  write_latency(out, "p99_ms", service.p99);
  number("failed", service.failed);
  number("injected", service.generated.injected);
  number("cancelled", service.cancelled);
  number("excluded", service.excluded);
  out.end_object();
}

void write_tcp_service(json::Writer& out, const DemoTcpService& service) {
  const auto number = [&out](std::string_view key, std::uint64_t value) {
    out.key(key).integer(static_cast<std::int64_t>(value));
  };
  std::uint64_t broken = 0;
  for (const auto& [cause, closed] : service.causes) broken += closed;
  out.begin_object().key("namespace").string(service.ns).key("name").string(service.name);
  number("connections_generated", service.generated.sent);
  number("connections_proxied", service.proxied());
  number("inbound", service.inbound);
  number("outbound", service.outbound);
  number("broken", broken);
  number("failed", service.generated.failed);
  number("sent_bytes", service.sent_bytes);
  number("received_bytes", service.received_bytes);
  out.end_object();
}

std::string services_table(const DemoReport& report, const Terminal& terminal) {
  Table table({{"SERVICE"},
               {"SENT", Align::kRight},
               {"OUTBOUND", Align::kRight},
               {"INBOUND", Align::kRight},
               {"SUCCESS", Align::kRight},
               {"RPS", Align::kRight},
               {"P50", Align::kRight},
               {"P95", Align::kRight},
               {"P99", Align::kRight}});
  for (const DemoService& service : report.services) {
    table.add({{service.name},
               {std::to_string(service.generated.sent)},
               {std::to_string(service.outbound)},
               {std::to_string(service.inbound)},
               {success_cell(service.succeeded, judged(service))},
               {rate_cell(per_second(service))},
               {latency_cell(service.p50)},
               {latency_cell(service.p95)},
               {latency_cell(service.p99)}});
  }
  return table.render(terminal);
}

// Apart from the others: what is counted here are connections, and nobody knows their success.
std::string tcp_services_table(const DemoReport& report, const Terminal& terminal) {
  Table table({{"TCP SERVICE"},
               {"OPENED", Align::kRight},
               {"OUTBOUND", Align::kRight},
               {"INBOUND", Align::kRight},
               {"BYTES SENT", Align::kRight},
               {"BYTES RECEIVED", Align::kRight}});
  for (const DemoTcpService& service : report.tcp_services) {
    table.add({{service.name},
               {std::to_string(service.generated.sent)},
               {std::to_string(service.outbound)},
               {std::to_string(service.inbound)},
               {std::to_string(service.sent_bytes)},
               {std::to_string(service.received_bytes)}});
  }
  return table.empty() ? std::string() : table.render(terminal) + "\n";
}

std::string edges_table(const DemoReport& report, const Terminal& terminal) {
  Table table({{"SRC"}, {"DST"}, {"SECURED"}});
  for (const DemoEdge& edge : report.edges) {
    table.add({{edge.src},
               {edge.dst},
               edge.secured ? Cell{terminal.is_utf8 ? "√" : "ok", Colour::kGreen}
                            : Cell{edge.no_tls_reason, Colour::kRed}});
  }
  return table.render(terminal);
}

// Words of `text` in lines of the terminal's width, those after the first one indented.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  std::string out, line;
  const auto flush = [&] {
    out += (out.empty() ? "" : "\n" + std::string(indent, ' ')) + line;
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && indent + line.size() + 1 + word.size() > columns) flush();
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  flush();
  return out;
}

}  // namespace

bool DemoReport::all_held() const {
  return std::ranges::all_of(promises, &Promise::held);
}

std::string DemoReport::to_json() const {
  json::Writer out;
  out.begin_object().key("services").begin_array();
  for (const DemoService& service : services) write_service(out, service);
  out.end_array().key("tcp_services").begin_array();
  for (const DemoTcpService& service : tcp_services) write_tcp_service(out, service);
  out.end_array().key("edges").begin_array();
  for (const DemoEdge& edge : edges) {
    out.begin_object().key("src").string(edge.src).key("dst").string(edge.dst);
    out.key("secured").boolean(edge.secured);
    out.key("client_id").string(edge.client_id).key("server_id").string(edge.server_id);
    out.end_object();
  }
  out.end_array().key("promises").begin_array();
  for (const Promise& promise : promises) {
    out.begin_object().key("name").string(promise.name).key("held").boolean(promise.held);
    out.key("detail").string(promise.detail).end_object();
  }
  out.end_array().end_object();
  return std::move(out).take() + "\n";
}

std::string DemoReport::to_text(const Terminal& terminal) const {
  std::string out = services_table(*this, terminal) + "\n" + tcp_services_table(*this, terminal) +
                    edges_table(*this, terminal) + "\n";
  for (const Promise& promise : promises) {
    const std::string_view good = terminal.is_utf8 ? "√" : "ok";
    const std::string_view bad = terminal.is_utf8 ? "×" : "no";
    out += terminal.paint(promise.held ? Colour::kGreen : Colour::kRed, promise.held ? good : bad) +
           " " +
           wrapped(printable(promise.name + ": " + promise.detail + "."), terminal.columns, 2) +
           "\n";
  }
  return out;
}

}  // namespace seine::cli
