// SPDX-License-Identifier: Apache-2.0
// What the standalone registry knows and keeps over a restart, as values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "control/registry/address_pool.h"
#include "control/registry/announcement.h"
#include "control/registry/snapshot.h"
#include "control/registry/token_digest.h"

namespace seine::control {

// When a process joined, and the name of the user whose it is; empty: that is not known.
struct Joining {
  WallTime since{};
  std::string started_by;
  bool operator==(const Joining&) const = default;
};

// One process that joined, and the pod it became.
struct Lease {
  std::string id;
  TokenDigest secret{};  // SHA-256 of what its holder shows
  Announcement announced;
  std::string pod;
  Joining joining;
  std::uint32_t address = 0;             // offset in the pods' range
  std::vector<std::uint16_t> listening;  // of the declared ports, sorted
  bool proxy_ready = false;
  bool leaving = false;  // has said goodbye; stays known while it drains
  bool operator==(const Lease&) const = default;

  // "shop/web-x7k2p"
  std::string pod_key() const { return announced.ns + "/" + pod; }
};

// A service that some workload has named at some time.
struct KnownService {
  std::string ns;
  std::string name;
  std::uint32_t address = 0;  // offset in the services' range
  std::vector<std::uint16_t> ports;
  std::vector<model::DeclaredRoute> routes;  // the most precise first
  bool operator==(const KnownService&) const = default;
};

struct RegistryState {
  std::uint32_t next_pod = 0;  // where the search for a pod's address goes on
  std::vector<Lease> leases;
  std::vector<KnownService> services;
  std::map<std::uint32_t, std::string> resting;  // pods' addresses, with whose they were
  bool operator==(const RegistryState&) const = default;
};

// What a registry is for.
struct RegistryScope {
  std::string cluster;
  AddressRange pods;
  AddressRange services;
};

// What the mesh is told: a workload for all leases of its name, a pod for each, and these services.
// A published port admits the hub, where the relays are. CHECKs that names and addresses are
// distinct, as parse_registry() and LeaseTable see to.
std::shared_ptr<const Snapshot> make_snapshot(const RegistryScope& scope,
                                              const std::vector<Lease>& leases,
                                              const std::vector<KnownService>& services);

}  // namespace seine::control
