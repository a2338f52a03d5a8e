// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/row_key.h"

#include "seine/telemetry/v1/telemetry.pb.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

namespace {

// Field by field, since a copy would carry along what we do not know.
template <class Row>
Row about(const Row& row) {
  Row key;
  key.set_direction(row.direction());
  const wire::Target& target = row.target();
  wire::Target& to = *key.mutable_target();
  to.set_service(target.service());
  to.set_namespace_(target.namespace_());
  to.set_port(target.port());
  to.set_authority(target.authority());
  const wire::Peer& peer = row.peer();
  wire::Peer& other = *key.mutable_peer();
  other.set_namespace_(peer.namespace_());
  other.set_workload(peer.workload());
  other.set_workload_kind(peer.workload_kind());
  other.set_pod(peer.pod());
  other.set_version(peer.version());
  other.set_identity(peer.identity());
  other.set_no_tls_reason(peer.no_tls_reason());
  key.set_cause(row.cause());
  return key;
}

}  // namespace

std::string row_key(const wire::HttpRow& row) {
  wire::HttpRow key = about(row);
  key.set_route(row.route());
  key.set_http_status(row.http_status());
  key.set_grpc_status(row.grpc_status());
  key.set_excluded(row.excluded());
  key.set_upgraded(row.upgraded());
  return key.SerializeAsString();
}

std::string row_key(const wire::TcpRow& row) {
  return about(row).SerializeAsString();
}

}  // namespace seine::control
