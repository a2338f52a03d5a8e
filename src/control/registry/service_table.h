// SPDX-License-Identifier: Apache-2.0
// The services that workloads have named: each has an address from the first time on and for as
// long as there is room to remember it, and is shown to the mesh while it is in use and for a grace
// after. Pure; time is that of LeaseClock.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "control/registry/address_pool.h"
#include "control/registry/registry_state.h"

namespace seine::control {

using FullName = std::pair<std::string, std::string>;  // namespace, name
// What the pods of a service declare together.
struct ServiceUse {
  std::set<std::uint16_t> ports;
  std::vector<model::DeclaredRoute> routes;
};
// Services that workloads name.
using ServicesInUse = std::map<FullName, ServiceUse>;

class ServiceTable {
 public:
  ServiceTable(std::string cluster, AddressRange range);

  // Takes over what was kept; what cannot have its address is left out.
  void restore(std::vector<KnownService> services, Duration now);
  // Makes the service if it is new; its address's offset. A name prefers one address, so that it
  // most often finds the same even after the registry was lost. Error kLimit: no address, or no
  // room, though services long without a workload have been forgotten.
  Result<std::uint32_t> ensure(const FullName& name, Duration now);
  // What is in use now. Whether that changes what is shown. A service that nobody is behind keeps
  // its ports and routes: requests that fail for that are counted by their routes, too.
  bool update(const ServicesInUse& in_use, Duration now);

  // Ordered by name.
  std::vector<KnownService> all() const;
  std::vector<KnownService> shown() const;

 private:
  struct Entry {
    KnownService known;
    Duration shown_until;
    bool shown = true;
  };

  std::uint32_t preferred_address(const FullName& name) const;
  // The one without a workload for longest; false if all are shown.
  bool forget_oldest(Duration now);

  const std::string cluster_;
  AddressPool addresses_;
  std::map<FullName, Entry> entries_;
};

}  // namespace seine::control
