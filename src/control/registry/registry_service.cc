// SPDX-License-Identifier: Apache-2.0
#include "control/registry/registry_service.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "control/encode_values.h"
#include "control/registry/registry_limits.h"
#include "control/registry/registry_messages.h"
#include "netns/user_names.h"
#include "control/telemetry/source_messages.h"

namespace seine::control {

namespace wire = seine::registry::v1;

namespace {

constexpr std::chrono::seconds kLeaveWait{5};

// One loop. All that it is given outlives it.
class RegistryService final : public RpcService {
 public:
  RegistryService(runtime::EventLoop& loop, const MeshNames& names, ControllerMetrics& metrics,
                  LeaseRegistry& registry, Deliveries& deliveries, const Authority& authority,
                  const MeshDescription& mesh, std::string version)
      : loop_(loop),
        names_(names),
        metrics_(metrics),
        registry_(registry),
        deliveries_(deliveries),
        authority_(authority),
        version_(std::move(version)),
        started_at_(loop.clock().wall_now()) {
    encode_mesh(mesh, mesh_);
  }
  void serve(grpc::Methods& methods) override;

 private:
  runtime::Task<grpc::Status> create_join_token(const grpc::Context& call,
                                                const wire::CreateJoinTokenRequest& request,
                                                wire::CreateJoinTokenResponse& response);
  runtime::Task<grpc::Status> join(const grpc::Context& call, const wire::JoinRequest& request,
                                   wire::JoinResponse& response);
  runtime::Task<grpc::Status> renew(const grpc::Context& call, const wire::RenewRequest& request,
                                    wire::RenewResponse& response);
  runtime::Task<grpc::Status> issue_token(const grpc::Context& call,
                                          const wire::IssueTokenRequest& request,
                                          wire::IssueTokenResponse& response);
  runtime::Task<grpc::Status> leave(const grpc::Context& call, const wire::LeaveRequest& request,
                                    wire::LeaveResponse& response);
  runtime::Task<grpc::Status> list(const grpc::Context& call, const wire::ListRequest& request,
                                   wire::ListResponse& response);
  runtime::Task<grpc::Status> describe(const grpc::Context& call,
                                       const wire::DescribeRequest& request,
                                       wire::DescribeResponse& response);

  runtime::EventLoop& loop_;
  const MeshNames& names_;
  ControllerMetrics& metrics_;
  LeaseRegistry& registry_;
  Deliveries& deliveries_;
  const Authority& authority_;
  const std::string version_;
  const WallTime started_at_;
  wire::Mesh mesh_;
};

void RegistryService::serve(grpc::Methods& methods) {
  const std::string service = "/seine.registry.v1.Registry/";
  methods.unary(service + "CreateJoinToken", *this, &RegistryService::create_join_token);
  methods.unary(service + "Join", *this, &RegistryService::join);
  methods.unary(service + "Renew", *this, &RegistryService::renew);
  methods.unary(service + "IssueToken", *this, &RegistryService::issue_token);
  methods.unary(service + "Leave", *this, &RegistryService::leave);
  methods.unary(service + "List", *this, &RegistryService::list);
  methods.unary(service + "Describe", *this, &RegistryService::describe);
}

runtime::Task<grpc::Status> RegistryService::create_join_token(
    const grpc::Context&, const wire::CreateJoinTokenRequest& request,
    wire::CreateJoinTokenResponse& response) {
  CountedCall counted(metrics_, "CreateJoinToken");
  const Duration life = request.has_life() ? decode_duration(request.life(), kLongestJoinTokenLife)
                                           : Duration(kJoinTokenLife);
  auto token = registry_.create_join_token(
      {.ns = request.namespace_(), .workload = request.workload()}, life);
  if (!token) co_return counted.end(grpc::to_status(token.error()));
  response.set_token(*std::move(token));
  encode_duration(life, *response.mutable_life());
  co_return counted.end({});
}

runtime::Task<grpc::Status> RegistryService::join(const grpc::Context& call,
                                                  const wire::JoinRequest& request,
                                                  wire::JoinResponse& response) {
  CountedCall counted(metrics_, "Join");
  const std::string& cluster = registry_.scope().cluster;
  auto wish = decode_join(request, cluster);
  if (!wish) co_return counted.end(grpc::to_status(wish.error()));
  const std::string ns = wish->announcement.ns;
  const std::string account = wish->announcement.service_account.empty()
                                  ? wish->announcement.workload
                                  : wish->announcement.service_account;
  const auto joined = registry_.join(request.token(), std::move(wish->announcement), wish->claim,
                                     netns::name_of_caller(call.peer_identity));
  if (!joined) co_return counted.end(grpc::to_status(joined.error()));
  const auto identity = names_.identity(ns, account);
  if (!identity) co_return counted.end(grpc::to_status(identity.error()));
  encode_joined(*joined, response);
  response.set_cluster(cluster);
  response.set_identity(identity->text());
  response.set_context(make_context(ns, joined->pod));
  *response.mutable_mesh() = mesh_;
  if (const auto skew = find_clock_skew(request.now(), loop_.clock().wall_now())) {
    encode_duration(*skew, *response.mutable_clock_skew());
  }
  co_return counted.end({});
}

runtime::Task<grpc::Status> RegistryService::renew(const grpc::Context&,
                                                   const wire::RenewRequest& request,
                                                   wire::RenewResponse& response) {
  CountedCall counted(metrics_, "Renew");
  const auto token_due =
      registry_.renew(request.lease(), request.secret(), decode_renewal(request));
  if (!token_due && token_due.error().code == ErrorCode::kNotFound) co_return counted.end({});
  if (!token_due) co_return counted.end(grpc::to_status(token_due.error()));
  response.set_known(true);
  response.set_token_due(*token_due);
  encode_duration(kLeaseTerm, *response.mutable_term());
  if (const auto skew = find_clock_skew(request.now(), loop_.clock().wall_now())) {
    encode_duration(*skew, *response.mutable_clock_skew());
  }
  co_return counted.end({});
}

runtime::Task<grpc::Status> RegistryService::issue_token(const grpc::Context&,
                                                         const wire::IssueTokenRequest& request,
                                                         wire::IssueTokenResponse& response) {
  CountedCall counted(metrics_, "IssueToken");
  auto issued = registry_.issue_token(request.lease(), request.secret());
  if (!issued) co_return counted.end(grpc::to_status(issued.error()));
  response.set_token(std::move(issued->token));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(issued->expires.time_since_epoch());
  response.mutable_expires()->set_seconds(seconds.count());
  co_return counted.end({});
}

runtime::Task<grpc::Status> RegistryService::leave(const grpc::Context&,
                                                   const wire::LeaveRequest& request,
                                                   wire::LeaveResponse& response) {
  CountedCall counted(metrics_, "Leave");
  const auto ips = registry_.leave(request.lease(), request.secret(), request.gone());
  if (!ips && ips.error().code == ErrorCode::kNotFound) co_return counted.end({});
  if (!ips) co_return counted.end(grpc::to_status(ips.error()));
  const Duration wait =
      request.has_wait() ? decode_duration(request.wait(), kLongestLeave) : Duration(kLeaveWait);
  const std::size_t not_told = co_await deliveries_.wait_until_unknown(loop_, *ips, wait);
  if (not_told > 0) registry_.metrics().untold_leaves.add();
  response.set_not_told(static_cast<std::uint32_t>(not_told));
  co_return counted.end({});
}

runtime::Task<grpc::Status> RegistryService::list(const grpc::Context&, const wire::ListRequest&,
                                                  wire::ListResponse& response) {
  CountedCall counted(metrics_, "List");
  encode_list(registry_.scope().cluster, registry_.leases(), *registry_.current(),
              registry_.scope(), response);
  for (wire::ListedWorkload& workload : *response.mutable_workloads()) {
    const auto identity = names_.identity(workload.namespace_(), workload.service_account());
    if (identity) workload.set_identity(identity->text());
  }
  co_return counted.end({});
}

runtime::Task<grpc::Status> RegistryService::describe(const grpc::Context&,
                                                      const wire::DescribeRequest&,
                                                      wire::DescribeResponse& response) {
  CountedCall counted(metrics_, "Describe");
  response.set_cluster(registry_.scope().cluster);
  response.set_version(version_);
  encode_time(started_at_, *response.mutable_started_at());
  encode_time(loop_.clock().wall_now(), *response.mutable_now());
  *response.mutable_mesh() = mesh_;
  response.set_issuer_pem(authority_.issuer().certificate().to_pem());
  co_return counted.end({});
}

}  // namespace

std::unique_ptr<RpcService> make_registry_service(runtime::EventLoop& loop, const MeshNames& names,
                                                  ControllerMetrics& metrics,
                                                  LeaseRegistry& registry, Deliveries& deliveries,
                                                  const Authority& authority,
                                                  const MeshDescription& mesh,
                                                  std::string version) {
  return std::make_unique<RegistryService>(loop, names, metrics, registry, deliveries, authority,
                                           mesh, std::move(version));
}

}  // namespace seine::control
