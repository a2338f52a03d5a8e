// SPDX-License-Identifier: Apache-2.0
// How this mesh names things: identities below the trust domain, services below the cluster domain.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/identity.h"

namespace seine::control {

// Settings; checked once by validate().
struct MeshNames {
  std::string trust_domain = "cluster.local";
  std::string cluster_domain = "cluster.local";
  std::string control_ns = "linkerd";  // the namespace of the control plane itself

  // Error kInvalidConfig naming the setting that is no DNS name.
  Result<void> validate() const;
  // SA.NS.serviceaccount.identity.CONTROL_NS.TRUST_DOMAIN; error kInvalidArgument if that is no
  // name, as where it is over 253 bytes.
  Result<model::Identity> identity(std::string_view ns, std::string_view service_account) const;
  // The reverse; nothing for an identity of another mesh or another form.
  std::optional<model::ServiceAccountName> service_account(const model::Identity& identity) const;
  // SERVICE.NS.svc.CLUSTER_DOMAIN
  std::string service(std::string_view ns, std::string_view name) const;
};

// What a caller asks about: a service by name or an address.
struct ServiceName {
  std::string ns;
  std::string name;
  friend auto operator<=>(const ServiceName&, const ServiceName&) = default;
};
// "web.shop.svc.cluster.local" to {shop, web}; nothing for names of any other form. Without regard
// to case, with or without the final dot.
std::optional<ServiceName> parse_service_name(const MeshNames& names, std::string_view host);

}  // namespace seine::control
