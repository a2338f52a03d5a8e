// SPDX-License-Identifier: Apache-2.0
// Who has joined and what they have: leases, pods' names and addresses, services. Decisions alone:
// no clock, no file, no loop; time is that of LeaseClock, passed in.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "control/registry/address_pool.h"
#include "control/registry/announcement.h"
#include "control/registry/registry_state.h"
#include "control/registry/service_table.h"
#include "control/registry/snapshot.h"

namespace seine::control {

// The pod that a process was before its lease was lost, as when it was stopped for a while.
struct PodClaim {
  std::string pod;
  IpAddress ip;
};

struct Joined {
  std::string lease;
  std::string secret;  // shown once, here
  std::string pod;
  std::vector<IpAddress> ips;
  std::vector<IpAddress> service_ips;
};

// What a holder says of itself with each renewal.
struct Renewal {
  std::vector<std::uint16_t> listening;
  bool proxy_ready = false;
};

class LeaseTable {
 public:
  explicit LeaseTable(RegistryScope scope);

  // Takes over what was kept; each lease has a whole term from `now`. Of those of which it is not
  // known since when they run it is known from `heard` on.
  void restore(RegistryState state, Duration now, WallTime heard = {});
  RegistryState state(Duration now) const;
  std::shared_ptr<const Snapshot> snapshot() const;
  const RegistryScope& scope() const { return scope_; }

  // `announced` has been checked. Errors: kLimit where leases, services, addresses or a service's
  // routes are used up, kInvalidArgument where the workload's pods that run say otherwise, or the
  // claim is not to be had.
  Result<Joined> join(Announcement announced, const std::optional<PodClaim>& claim, Duration now,
                      Joining joining = {});
  // Whether the mesh has to be told. Errors: kNotFound for a lease that is over, kUnauthorized for
  // a wrong secret.
  Result<bool> renew(std::string_view lease, std::string_view secret, const Renewal& renewal,
                     Duration now);
  // Goodbye: the pod is in no service any more. `gone`: nor anywhere else, and the lease is over.
  // The addresses it had. Errors as of renew().
  Result<std::vector<IpAddress>> leave(std::string_view lease, std::string_view secret, bool gone,
                                       Duration now);

  struct Passed {
    std::vector<Lease> expired;  // they are no more
    bool changed = false;        // whether the mesh has to be told of anything
  };
  // What the passing of time has ended.
  Passed pass(Duration now);

  // Null if it is over.
  const Lease* find(std::string_view lease) const;
  // The lease, if the secret is its own. Errors as of renew().
  Result<const Lease*> find(std::string_view lease, std::string_view secret) const;
  // Ordered by namespace and pod.
  std::vector<Lease> leases() const;
  std::size_t size() const { return leases_.size(); }

 private:
  struct Held {
    Lease lease;
    Duration expires;
  };
  using Leases = std::map<std::string, Held, std::less<>>;

  Result<void> check_agreement(const Announcement& announced) const;
  // With those of the service's other pods.
  Result<void> check_routes(const Announcement& announced) const;
  Result<std::uint32_t> pod_address(const Announcement& announced,
                                    const std::optional<PodClaim>& claim, Duration now);
  std::string make_pod_name(const Announcement& announced) const;
  bool pod_exists(std::string_view ns, std::string_view pod) const;
  void end(Leases::iterator lease, Duration now);
  bool update_services(Duration now);

  const RegistryScope scope_;
  AddressPool addresses_;
  std::uint32_t next_pod_ = 0;
  Leases leases_;
  ServiceTable services_;
};

}  // namespace seine::control
