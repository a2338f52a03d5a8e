// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/outbound_rows.h"

#include <array>
#include <utility>

#include "base/check.h"
#include "proxy/outbound/connector.h"
#include "proxy/request_record.h"

namespace seine::proxy {

namespace {

// Of routes and endpoints on one connection; beyond it they are looked up anew.
constexpr std::size_t kMaxKnown = 64;
// Longer than any host name with a port; what is longer is cut.
constexpr std::size_t kMaxAuthority = 260;

// What discovery labels endpoints with, in Linkerd's words.
constexpr std::array<std::string_view, 7> kWorkloadKinds = {
    "deployment", "statefulset",          "daemonset", "job", "cronjob",
    "replicaset", "replicationcontroller"};

std::string label(const model::Labels& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string() : found->second;
}

}  // namespace

bool names_service(const model::Metadata& parent) {
  return !parent.is_default() && (parent.kind == "Service" || parent.kind == "service");
}

telemetry::Peer endpoint_peer(const WorkerContext& context, const model::Endpoint& endpoint) {
  const TlsLabels tls = endpoint_labels(context, endpoint, {}).tls;
  telemetry::Peer peer{.ns = label(endpoint.labels, "namespace"),
                       .pod = label(endpoint.labels, "pod"),
                       .version = label(endpoint.labels, "version"),
                       .identity = tls.peer_id,
                       .no_tls_reason = std::string(tls.no_tls_reason)};
  for (const std::string_view kind : kWorkloadKinds) {
    peer.workload = label(endpoint.labels, kind);
    if (peer.workload.empty()) continue;
    peer.workload_kind = kind;
    break;
  }
  return peer;
}

telemetry::Target outbound_target(const model::Metadata& parent, const SocketAddr& addr,
                                  std::string_view authority) {
  if (names_service(parent)) {
    return {.service = parent.name,
            .ns = parent.ns,
            .port = parent.port != 0 ? parent.port : addr.port,
            .authority = {}};
  }
  return {.service = {},
          .ns = {},
          .port = addr.port,
          .authority = authority.empty() ? addr.to_string()
                                         : std::string(authority.substr(0, kMaxAuthority))};
}

std::shared_ptr<telemetry::HttpRows> OutboundRows::make(const Where& where) const {
  SEINE_CHECK(context_.recorder != nullptr, "rows without a recorder");
  const model::Metadata unknown;
  const model::Metadata& parent = where.parent == nullptr ? unknown : *where.parent;
  return std::make_shared<telemetry::HttpRows>(
      *context_.recorder,
      telemetry::RowKey{.direction = telemetry::Direction::kOutbound,
                        .target = outbound_target(parent, addr_, where.authority),
                        .route = route_name(where.route),
                        .peer = where.peer == nullptr ? telemetry::Peer() : *where.peer});
}

std::shared_ptr<telemetry::HttpRows> OutboundRows::find(const Where& where) {
  for (const Known& known : known_) {
    if (known.route == where.route && known.peer == where.peer &&
        known.authority == where.authority) {
      return known.rows;
    }
  }
  auto rows = make(where);
  // Endpoints come and go: those of today push out those of yesterday.
  if (known_.size() == kMaxKnown) known_.clear();
  known_.push_back({where.route, where.peer, std::string(where.authority), rows});
  return rows;
}

}  // namespace seine::proxy
