// SPDX-License-Identifier: Apache-2.0
#include "telemetry/figures/edge_rows.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"
#include "telemetry/figures/stat_rows.h"

namespace seine::telemetry {

namespace registry = seine::registry::v1;
namespace wire = seine::telemetry::v1;

namespace {

using Key = std::tuple<std::string, std::string, std::string, std::string>;
using Edges = std::map<Key, Edge>;

constexpr std::string_view kUnknownReason = "unknown";

// "web.shop" of "web.shop.serviceaccount.identity.linkerd.cluster.local".
std::string short_identity(const std::string& identity) {
  const auto first = identity.find('.');
  if (first == std::string::npos) return identity;
  return identity.substr(0, identity.find('.', first + 1));
}

struct End {
  std::string ns;
  std::string name;
};

void join(Edges& edges, const End& src, const End& dst, const wire::Peer& peer,
          const std::string& client_id, const std::string& server_id) {
  if (src.name.empty() || dst.name.empty()) return;
  Edge& edge = edges[{src.ns, src.name, dst.ns, dst.name}];
  edge.src = src.name;
  edge.src_ns = src.ns;
  edge.dst = dst.name;
  edge.dst_ns = dst.ns;
  if (peer.identity().empty()) {
    edge.no_tls_reason = peer.no_tls_reason().empty() ? kUnknownReason : peer.no_tls_reason();
    return;
  }
  if (!client_id.empty()) edge.client_id = client_id;
  if (!server_id.empty()) edge.server_id = server_id;
}

// A proxy shows its own identity wherever it is not told that there is no mutual TLS.
void add_outbound(Edges& edges, bool by_pod, const wire::Source& source) {
  const wire::Reporter& reporter = source.reporter();
  const End src{reporter.namespace_(), by_pod ? reporter.pod() : reporter.workload()};
  const std::string client_id = reporter.service_account() + "." + reporter.namespace_();
  const auto add = [&](const auto& row) {
    if (row.direction() != wire::OUTBOUND) return;
    const wire::Peer& peer = row.peer();
    const End dst{peer.namespace_(), by_pod ? peer.pod() : peer.workload()};
    join(edges, src, dst, peer, client_id, short_identity(peer.identity()));
  };
  for (const auto& row : source.http()) {
    // Where no response came there may have been no connection, and nothing is proved.
    if (row.http_status() != 0) add(row);
  }
  for (const auto& row : source.tcp()) add(row);
}

bool is_asked(const Edge& edge, const Resource& resource, const std::string& ns) {
  if (!ns.empty() && edge.src_ns != ns && edge.dst_ns != ns) return false;
  return resource.name.empty() || edge.src == resource.name || edge.dst == resource.name;
}

}  // namespace

Result<std::vector<Edge>> make_edges(const registry::ListResponse& list,
                                     const wire::ReadResponse& window, const Resource& resource,
                                     const std::string& ns) {
  const bool by_pod = resource.kind == ResourceKind::kPod;
  if (!by_pod && resource.kind != ResourceKind::kDeployment) {
    return fail(ErrorCode::kInvalidConfig, "edges are between deploy or po");
  }
  if (!resource.name.empty()) {
    const std::vector<std::string> known = resource_names(list, resource.kind, ns);
    if (!std::ranges::binary_search(known, resource.name)) {
      return fail(no_such_resource(resource, ns, known));
    }
  }
  Edges edges;
  for (const wire::Source& source : window.sources()) add_outbound(edges, by_pod, source);
  std::vector<Edge> out;
  for (auto& [key, edge] : edges) {
    if (!is_asked(edge, resource, ns)) continue;
    if (!edge.no_tls_reason.empty()) {
      edge.client_id.clear();
      edge.server_id.clear();
    }
    out.push_back(std::move(edge));
  }
  return out;
}

}  // namespace seine::telemetry
