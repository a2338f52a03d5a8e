// SPDX-License-Identifier: Apache-2.0
#include "control/mesh_names.h"

#include <utility>

namespace seine::control {
namespace {

Result<void> check(std::string_view flag, std::string_view value) {
  const auto name = model::parse_dns_name(value);
  if (name && *name == value) return {};
  return fail(ErrorCode::kInvalidConfig, std::string(flag) + ": \"" + std::string(value) +
                                             "\" is not a DNS name in lower case");
}

}  // namespace

Result<void> MeshNames::validate() const {
  auto checked = check("--trust-domain", trust_domain);
  if (checked) checked = check("--cluster-domain", cluster_domain);
  if (checked) checked = check("--control-namespace", control_ns);
  return checked;
}

Result<model::Identity> MeshNames::identity(std::string_view ns,
                                            std::string_view service_account) const {
  return model::ServiceAccountName{.service_account = std::string(service_account),
                                   .ns = std::string(ns),
                                   .control_plane_ns = control_ns,
                                   .trust_domain = trust_domain}
      .identity();
}

std::optional<model::ServiceAccountName> MeshNames::service_account(
    const model::Identity& identity) const {
  auto name = model::ServiceAccountName::parse(identity);
  if (!name || name->trust_domain != trust_domain || name->control_plane_ns != control_ns) {
    return std::nullopt;
  }
  return *std::move(name);
}

std::string MeshNames::service(std::string_view ns, std::string_view name) const {
  std::string out(name);
  out.append(".").append(ns).append(".svc.").append(cluster_domain);
  return out;
}

std::optional<ServiceName> parse_service_name(const MeshNames& names, std::string_view host) {
  const auto canonical = model::parse_dns_name(host);
  if (!canonical) return std::nullopt;
  const std::string suffix = ".svc." + names.cluster_domain;
  if (!canonical->ends_with(suffix)) return std::nullopt;
  const std::string_view labels =
      std::string_view(*canonical).substr(0, canonical->size() - suffix.size());
  const std::size_t dot = labels.find('.');
  if (dot == std::string_view::npos || labels.find('.', dot + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return ServiceName{.ns = std::string(labels.substr(dot + 1)),
                     .name = std::string(labels.substr(0, dot))};
}

}  // namespace seine::control
