// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/stat_rows.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::telemetry {

namespace registry = seine::registry::v1;
namespace wire = seine::telemetry::v1;

namespace {

using Name = std::pair<std::string, std::string>;  // namespace, name
using Rows = std::map<Name, StatRow>;

// One end of traffic, with all the names it has.
struct End {
  std::string ns;
  std::string workload;
  std::string pod;
  std::string service_ns;
  std::string service;
};

End sender(const wire::Source& source) {
  return {.ns = source.reporter().namespace_(),
          .workload = source.reporter().workload(),
          .pod = source.reporter().pod()};
}

template <class Row>
End receiver(const Row& row) {
  return {.ns = row.peer().namespace_(),
          .workload = row.peer().workload(),
          .pod = row.peer().pod(),
          .service_ns = row.target().namespace_(),
          .service = row.target().service()};
}

// The name of an end as a resource of that kind; empty if it is none.
Name name_as(ResourceKind kind, const End& end) {
  switch (kind) {
    case ResourceKind::kDeployment: return {end.ns, end.workload};
    case ResourceKind::kPod: return {end.ns, end.pod};
    case ResourceKind::kService: return {end.service_ns, end.service};
    case ResourceKind::kNamespace: return {"", end.ns};
  }
  return {};
}

bool is_meant(const Resource& resource, const std::string& ns, const Name& name) {
  if (name.second.empty() || (!resource.name.empty() && resource.name != name.second)) return false;
  return ns.empty() || resource.kind == ResourceKind::kNamespace || ns == name.first;
}

StatRow& row_of(Rows& rows, const Name& name) {
  StatRow& row = rows[name];
  row.ns = name.first;
  row.name = name.second;
  return row;
}

void count_pods(StatRow& row, const registry::ListedWorkload& workload) {
  for (const registry::ListedPod& pod : workload.pods()) {
    ++row.pods;
    row.meshed += pod.proxy_ready() ? 1 : 0;
  }
}

void list_workload(Rows& rows, ResourceKind kind, const registry::ListedWorkload& workload) {
  switch (kind) {
    case ResourceKind::kDeployment:
      return count_pods(row_of(rows, {workload.namespace_(), workload.name()}), workload);
    case ResourceKind::kNamespace:
      return count_pods(row_of(rows, {"", workload.namespace_()}), workload);
    case ResourceKind::kPod:
      for (const registry::ListedPod& pod : workload.pods()) {
        StatRow& row = row_of(rows, {workload.namespace_(), pod.name()});
        ++row.pods;
        row.meshed += pod.proxy_ready() ? 1 : 0;
      }
      return;
    case ResourceKind::kService: return;
  }
}

// All that exists, without traffic.
Rows list_rows(const registry::ListResponse& list, ResourceKind kind) {
  Rows rows;
  for (const registry::ListedWorkload& workload : list.workloads()) {
    list_workload(rows, kind, workload);
  }
  if (kind != ResourceKind::kService) return rows;
  for (const registry::ListedService& service : list.services()) {
    StatRow& row = row_of(rows, {service.namespace_(), service.name()});
    for (const registry::ListedWorkload& workload : list.workloads()) {
      const bool is_behind = workload.namespace_() == service.namespace_() &&
                             std::ranges::count(service.workloads(), workload.name()) > 0;
      if (is_behind) count_pods(row, workload);
    }
  }
  return rows;
}

StatRow* find(Rows& rows, const Name& name) {
  const auto found = rows.find(name);
  return found == rows.end() ? nullptr : &found->second;
}

void add_inbound(Rows& rows, const StatQuery& query, const wire::Source& source) {
  StatRow* const found = find(rows, name_as(query.resource.kind, sender(source)));
  if (found == nullptr) return;
  // One that received nothing has counted, too.
  found->counted.add(source);
  Traffic* const traffic = &found->traffic;
  for (const auto& row : source.http()) {
    if (row.direction() == wire::INBOUND) traffic->add(row);
  }
  for (const auto& row : source.http_overflow()) {
    if (row.direction() == wire::INBOUND) traffic->add_overflow(row);
  }
  for (const auto* tcp : {&source.tcp(), &source.tcp_overflow()}) {
    for (const auto& row : *tcp) {
      if (row.direction() == wire::INBOUND) traffic->add(row);
    }
  }
}

// What `source` sent, in the rows of whoever the query is about. Overflow rows name nobody.
void add_outbound(Rows& rows, const StatQuery& query, const wire::Source& source) {
  const End from = sender(source);
  if (query.from) {
    const Resource& wanted = query.from->resource;
    if (!is_meant(wanted, query.from->ns, name_as(wanted.kind, from))) return;
  }
  const auto row_for = [&](const auto& row) -> StatRow* {
    if (row.direction() != wire::OUTBOUND) return nullptr;
    const End to = receiver(row);
    if (!query.to) return find(rows, name_as(query.resource.kind, to));
    const Resource& wanted = query.to->resource;
    if (!is_meant(wanted, query.to->ns, name_as(wanted.kind, to))) return nullptr;
    return find(rows, name_as(query.resource.kind, from));
  };
  const auto add = [&source](const auto& row, StatRow* into) {
    if (into == nullptr) return;
    into->counted.add(source);
    into->traffic.add(row);
  };
  for (const auto& row : source.http()) add(row, row_for(row));
  for (const auto& row : source.tcp()) add(row, row_for(row));
}

Result<void> check_exists(const registry::ListResponse& list, const Resource& resource,
                          const std::string& ns) {
  if (resource.name.empty()) return {};
  const std::string within = resource.kind == ResourceKind::kNamespace ? "" : ns;
  const std::vector<std::string> known = resource_names(list, resource.kind, within);
  if (std::ranges::binary_search(known, resource.name)) return {};
  return fail(no_such_resource(resource, ns, known));
}

Result<void> check_query(const registry::ListResponse& list, const StatQuery& query) {
  if (query.to && query.resource.kind == ResourceKind::kService) {
    return fail(ErrorCode::kInvalidConfig,
                "a service sends nothing; with --to ask about deploy, po or ns");
  }
  if (query.from && query.from->resource.kind == ResourceKind::kService) {
    return fail(ErrorCode::kInvalidConfig,
                "a service sends nothing; --from takes deploy, po or ns");
  }
  auto checked = check_exists(list, query.resource, query.ns);
  if (checked && query.to) checked = check_exists(list, query.to->resource, query.to->ns);
  if (checked && query.from) checked = check_exists(list, query.from->resource, query.from->ns);
  return checked;
}

}  // namespace

std::string coverage_note(const wire::ReadResponse& window, const std::string& ns) {
  std::uint64_t silent = 0;
  std::uint64_t asked = 0;
  for (const wire::Source& source : window.sources()) {
    if (!ns.empty() && source.reporter().namespace_() != ns) continue;
    ++asked;
    // One may be on its way.
    silent += source.expected_buckets() > source.received_buckets() + 1 ? 1 : 0;
  }
  if (silent == 0) return {};
  return "Not all is known yet: " + std::to_string(silent) + " of " + std::to_string(asked) +
         " proxies have not told all of this time.";
}

std::vector<std::string> resource_names(const registry::ListResponse& list, ResourceKind kind,
                                        const std::string& ns) {
  std::set<std::string> names;
  for (const auto& [name, row] : list_rows(list, kind)) {
    if (ns.empty() || name.first == ns) names.insert(name.second);
  }
  return {names.begin(), names.end()};
}

Result<std::vector<StatRow>> make_stat_rows(const registry::ListResponse& list,
                                            const wire::ReadResponse& window,
                                            const StatQuery& query) {
  auto checked = check_query(list, query);
  if (!checked) return fail(std::move(checked.error()));
  Rows rows = list_rows(list, query.resource.kind);
  std::erase_if(
      rows, [&query](const auto& row) { return !is_meant(query.resource, query.ns, row.first); });
  const bool has_peer = query.to || query.from;
  const bool by_callers = has_peer || query.resource.kind == ResourceKind::kService;
  for (const wire::Source& source : window.sources()) {
    by_callers ? add_outbound(rows, query, source) : add_inbound(rows, query, source);
  }
  std::vector<StatRow> out;
  for (auto& [name, row] : rows) {
    if (!has_peer || !row.traffic.empty()) out.push_back(std::move(row));
  }
  return out;
}

}  // namespace seine::telemetry
