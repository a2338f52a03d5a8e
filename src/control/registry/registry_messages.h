// SPDX-License-Identifier: Apache-2.0
// Between seine.registry.v1's messages and the registry's values. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "control/registry/lease_table.h"
#include "control/registry/mesh_description.h"
#include "control/registry/snapshot.h"
#include "seine/registry/v1/registry.pb.h"

namespace seine::control {

struct JoinWish {
  Announcement announcement;  // not checked yet
  std::optional<PodClaim> claim;
};

// Error kInvalidArgument: another cluster, a number that is no port, a protocol there is not, an
// address that is none.
Result<JoinWish> decode_join(const seine::registry::v1::JoinRequest& request,
                             const std::string& cluster);
// Numbers that are no ports are left out: no declared port is among them.
Renewal decode_renewal(const seine::registry::v1::RenewRequest& request);

void encode_port(const WorkloadPort& port, seine::registry::v1::Port& out);
void encode_service(const Service& service, seine::registry::v1::ListedService& out);
void encode_mesh(const MeshDescription& mesh, seine::registry::v1::Mesh& out);
void encode_joined(const Joined& joined, seine::registry::v1::JoinResponse& out);
void encode_list(const std::string& cluster, const std::vector<Lease>& leases,
                 const Snapshot& snapshot, const RegistryScope& scope,
                 seine::registry::v1::ListResponse& out);

// {"ns":"shop","pod":"web-x7k2p"}: how the pod's proxy says whose it is.
std::string make_context(std::string_view ns, std::string_view pod);

// The caller's clock minus ours, where they differ by more than kClockSkew. A time that was not
// sent differs by nothing.
std::optional<Duration> find_clock_skew(const google::protobuf::Timestamp& callers, WallTime now);

// Nothing shorter than zero and nothing longer than `longest`.
Duration decode_duration(const google::protobuf::Duration& in, Duration longest);

}  // namespace seine::control
