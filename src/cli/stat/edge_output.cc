// SPDX-License-Identifier: Apache-2.0
#include "cli/stat/edge_output.h"

#include "cli/table.h"
#include "json/writer.h"

namespace seine::cli {

using telemetry::Edge;

namespace {

Cell id_cell(const std::string& id) {
  return {id.empty() ? "-" : id};
}

Cell secured_cell(const Edge& edge, const Terminal& terminal) {
  if (!edge.no_tls_reason.empty()) return {edge.no_tls_reason, Colour::kRed};
  return {terminal.is_utf8 ? "√" : "yes", Colour::kGreen};
}

}  // namespace

std::string edges_table(const std::vector<Edge>& edges, bool is_wide, const Terminal& terminal) {
  std::vector<Column> columns{{"SRC"}, {"DST"}, {"SRC_NS"}, {"DST_NS"}};
  if (is_wide) columns.insert(columns.end(), {{"CLIENT_ID"}, {"SERVER_ID"}});
  columns.push_back({"SECURED"});
  Table table(std::move(columns));
  for (const Edge& edge : edges) {
    std::vector<Cell> row{{edge.src}, {edge.dst}, {edge.src_ns}, {edge.dst_ns}};
    if (is_wide) {
      row.push_back(id_cell(edge.client_id));
      row.push_back(id_cell(edge.server_id));
    }
    row.push_back(secured_cell(edge, terminal));
    table.add(std::move(row));
  }
  return table.render(terminal);
}

std::string edges_json(const std::vector<Edge>& edges) {
  json::Writer out;
  out.begin_array();
  for (const Edge& edge : edges) {
    out.begin_object().key("src").string(edge.src);
    out.key("src_namespace").string(edge.src_ns);
    out.key("dst").string(edge.dst);
    out.key("dst_namespace").string(edge.dst_ns);
    out.key("client_id").string(edge.client_id);
    out.key("server_id").string(edge.server_id);
    out.key("no_tls_reason").string(edge.no_tls_reason);
    out.end_object();
  }
  out.end_array();
  return std::move(out).take() + "\n";
}

}  // namespace seine::cli
