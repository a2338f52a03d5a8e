// SPDX-License-Identifier: Apache-2.0
#include "control/tap/tap_wish.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "control/encode_values.h"
#include "control/registry/registry_messages.h"

namespace seine::control {

namespace wire = seine::tap::v1;
namespace proxy = io::linkerd::proxy::tap;
using Match = proxy::ObserveRequest::Match;

namespace {

constexpr std::size_t kMaxText = 4096;

std::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::kInvalidArgument, std::move(why));
}

Result<TapResource> decode_resource(std::string_view what, const wire::Resource& in) {
  TapResource out{.ns = in.namespace_(), .name = in.name()};
  if (in.kind() == "deployment") {
    out.workload_kind = in.kind();
  } else if (in.kind() == "pod") {
    out.kind = TapResource::Kind::kPod;
  } else if (in.kind() == "service") {
    out.kind = TapResource::Kind::kService;
  } else if (in.kind() == "namespace") {
    out.kind = TapResource::Kind::kNamespace;
  } else {
    return refuse(std::string(what) + ": the kind \"" + in.kind() +
                  "\" is none of deployment, pod, service, namespace");
  }
  if (in.namespace_().size() > kMaxText || in.name().size() > kMaxText) {
    return refuse(std::string(what) + ": a name is longer than 4096 bytes");
  }
  return out;
}

// "payments-x7k2p" in "shop", or "payments" in no namespace at all: a name needs one.
bool is_ambiguous(const TapResource& resource) {
  return resource.kind != TapResource::Kind::kNamespace && resource.ns.empty() &&
         !resource.name.empty();
}

void add_label(std::string_view key, const std::string& value, Match::Seq& all) {
  auto& label = *all.add_matches()->mutable_destination_label();
  label.set_key(std::string(key));
  label.set_value(value);
}

// By what the destination service says of every endpoint.
void add_destination(const TapResource& to, Match::Seq& all) {
  if (to.kind == TapResource::Kind::kNamespace) {
    if (!to.name.empty()) add_label("namespace", to.name, all);
    return;
  }
  if (!to.ns.empty()) add_label("namespace", to.ns, all);
  if (to.name.empty()) return;
  switch (to.kind) {
    case TapResource::Kind::kWorkload: add_label(to.workload_kind, to.name, all); return;
    case TapResource::Kind::kPod: add_label("pod", to.name, all); return;
    case TapResource::Kind::kService: add_label("service", to.name, all); return;
    case TapResource::Kind::kNamespace: return;
  }
}

// Of a service's pod only what comes in for that service is meant.
void add_service_ports(const TapPod& pod, Match::Seq& all) {
  if (pod.ports.empty()) return;
  auto& net = *all.add_matches()->mutable_destination()->mutable_netmask();
  encode_ip(pod.proxy.ip, *net.mutable_ip());
  net.set_mask(static_cast<std::uint32_t>(pod.proxy.ip.width()));
  auto& any = *all.add_matches()->mutable_any();
  for (const std::uint16_t port : pod.ports) {
    auto& range = *any.add_matches()->mutable_destination()->mutable_ports();
    range.set_min(port);
    range.set_max(port);
  }
}

void add_http(const TapWish& wish, Match::Seq& all) {
  namespace types = io::linkerd::proxy::http_types;
  if (!wish.scheme.empty()) {
    auto& scheme = *all.add_matches()->mutable_http()->mutable_scheme();
    if (wish.scheme == "http" || wish.scheme == "https") {
      scheme.set_registered(wish.scheme == "http" ? types::Scheme::HTTP : types::Scheme::HTTPS);
    } else {
      scheme.set_unregistered(wish.scheme);
    }
  }
  if (!wish.method.empty()) {
    auto& method = *all.add_matches()->mutable_http()->mutable_method();
    types::HttpMethod::Registered registered{};
    if (types::HttpMethod::Registered_Parse(wish.method, &registered)) {
      method.set_registered(registered);
    } else {
      method.set_unregistered(wish.method);
    }
  }
  if (!wish.authority.empty()) {
    all.add_matches()->mutable_http()->mutable_authority()->set_exact(wish.authority);
  }
  if (!wish.path_prefix.empty()) {
    all.add_matches()->mutable_http()->mutable_path()->set_prefix(wish.path_prefix);
  }
}

class PodSelection {
 public:
  explicit PodSelection(const MeshNames& names) : names_(names) {}

  void add(const Workload& workload, const Pod& pod, std::vector<std::uint16_t> ports = {}) {
    if (!workload.meshed || pod.ips.empty()) return;
    const auto identity = names_.identity(workload.ns, workload.service_account);
    // A name too long for a certificate has none.
    if (!identity) return;
    pods_.insert({.ns = workload.ns,
                  .name = pod.name,
                  .proxy = {pod.ips.front(), kProxyTapPort},
                  .identity = identity->text(),
                  .ports = std::move(ports)});
  }
  void add(const Workload& workload, const std::vector<std::uint16_t>& ports = {}) {
    for (const Pod& pod : workload.pods) add(workload, pod, ports);
  }
  std::vector<TapPod> take() && { return {pods_.begin(), pods_.end()}; }

 private:
  const MeshNames& names_;
  std::set<TapPod> pods_;
};

void select_service(const Snapshot& snapshot, const Service& service, PodSelection& out) {
  std::vector<std::uint16_t> ports;
  ports.reserve(service.ports.size());
  for (const ServicePort& port : service.ports) ports.push_back(port.target);
  if (ports.empty()) return;
  for (const std::string& name : service.workloads) {
    const Workload* workload = snapshot.find_workload(service.ns, name);
    if (workload != nullptr) out.add(*workload, ports);
  }
}

}  // namespace

std::string TapResource::to_string() const {
  std::string out;
  switch (kind) {
    case Kind::kWorkload: out = workload_kind; break;
    case Kind::kPod: out = "pod"; break;
    case Kind::kService: out = "service"; break;
    case Kind::kNamespace: return "namespace/" + (name.empty() ? "*" : name);
  }
  return out + "/" + (name.empty() ? "*" : name) + " in " + (ns.empty() ? "*" : ns);
}

Result<TapWish> decode_tap_wish(const wire::WatchRequest& request) {
  TapWish wish{.scheme = request.scheme(),
               .method = request.method(),
               .authority = request.authority(),
               .path_prefix = request.path_prefix(),
               .headers = request.headers(),
               .show_secrets = request.show_secrets(),
               .limit = request.limit()};
  auto target = decode_resource("target", request.target());
  if (!target) return fail(std::move(target.error()));
  wish.target = *std::move(target);
  if (is_ambiguous(wish.target)) return refuse("target: a name needs a namespace");
  if (request.has_to()) {
    auto to = decode_resource("to", request.to());
    if (!to) return fail(std::move(to.error()));
    if (is_ambiguous(*to)) return refuse("to: a name needs a namespace");
    wish.to = *std::move(to);
  }
  for (const std::string* text : {&wish.scheme, &wish.method, &wish.authority, &wish.path_prefix}) {
    if (text->size() > kMaxText) return refuse("a text is longer than 4096 bytes");
  }
  if (request.max_rps() != 0) wish.max_rps = request.max_rps();
  if (!std::isfinite(wish.max_rps) || wish.max_rps <= 0 || wish.max_rps > kMaxTapRps) {
    return refuse("max_rps must be above zero and at most 100000");
  }
  if (wish.limit > kMaxTapLimit) return refuse("limit must be at most 1000000");
  constexpr std::chrono::hours kLongest{24};
  if (request.has_for_()) {
    wish.duration = decode_duration(request.for_(), kLongest);
    if (*wish.duration <= Duration::zero()) return refuse("for must be above zero");
  }
  return wish;
}

Result<void> check_exists(const Snapshot& snapshot, const TapResource& resource) {
  bool exists = resource.name.empty();
  switch (resource.kind) {
    case TapResource::Kind::kWorkload: {
      const Workload* workload = snapshot.find_workload(resource.ns, resource.name);
      exists = exists || (workload != nullptr && workload->kind == resource.workload_kind);
      break;
    }
    case TapResource::Kind::kPod:
      exists = exists || snapshot.find_pod(resource.ns, resource.name).pod != nullptr;
      break;
    case TapResource::Kind::kService:
      exists = exists || snapshot.find_service(resource.ns, resource.name) != nullptr;
      break;
    case TapResource::Kind::kNamespace: {
      const auto is_in = [&](const auto& one) { return one.ns == resource.name; };
      exists = exists || std::ranges::any_of(snapshot.workloads(), is_in) ||
               std::ranges::any_of(snapshot.services(), is_in);
      break;
    }
  }
  if (exists) return {};
  return fail(ErrorCode::kNotFound, "there is no " + resource.to_string());
}

std::vector<TapPod> select_pods(const MeshNames& names, const Snapshot& snapshot,
                                const TapResource& target) {
  PodSelection selection(names);
  if (target.kind == TapResource::Kind::kService) {
    for (const Service& service : snapshot.services()) {
      if (!target.ns.empty() && service.ns != target.ns) continue;
      if (!target.name.empty() && service.name != target.name) continue;
      select_service(snapshot, service, selection);
    }
    return std::move(selection).take();
  }
  const bool of_namespace = target.kind == TapResource::Kind::kNamespace;
  const std::string& ns = of_namespace ? target.name : target.ns;
  for (const Workload& workload : snapshot.workloads()) {
    if (!ns.empty() && workload.ns != ns) continue;
    if (of_namespace || target.name.empty()) {
      selection.add(workload);
    } else if (target.kind == TapResource::Kind::kWorkload) {
      if (workload.name == target.name && workload.kind == target.workload_kind) {
        selection.add(workload);
      }
    } else {
      for (const Pod& pod : workload.pods) {
        if (pod.name == target.name) selection.add(workload, pod);
      }
    }
  }
  return std::move(selection).take();
}

std::uint32_t window_limit(double max_rps, std::size_t pods) {
  const double part = max_rps / static_cast<double>(std::max<std::size_t>(pods, 1));
  return static_cast<std::uint32_t>(std::max(part, 1.0) * static_cast<double>(kTapWindow.count()));
}

proxy::ObserveRequest make_observe(const TapWish& wish, const TapPod& pod, std::uint32_t limit) {
  proxy::ObserveRequest request;
  request.set_limit(limit);
  Match::Seq& all = *request.mutable_match()->mutable_all();
  if (wish.to) add_destination(*wish.to, all);
  add_service_ports(pod, all);
  add_http(wish, all);
  if (wish.headers) request.mutable_extract()->mutable_http()->mutable_headers();
  return request;
}

}  // namespace seine::control
