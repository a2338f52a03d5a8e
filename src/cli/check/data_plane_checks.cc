// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include "cli/check/data_plane.h"
#include "cli/check/mesh_checks.h"
#include "cli/check/mesh_view.h"
#include "cli/check/proxy_certificates.h"
#include "grpc/status.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::cli {

namespace api = seine::registry::v1;
namespace telemetry = seine::telemetry::v1;
using namespace std::chrono_literals;
using runtime::Task;

namespace {

Task<CheckVerdict> pods_are_listed(DataPlaneScope& scope) {
  auto list = co_await scope.view.registry.call<api::ListResponse>("List", api::ListRequest());
  if (!list) co_return fail(std::move(list.error()));
  scope.view.listed = *std::move(list);
  co_return CheckAnswer::kHolds;
}

// Asked each time anew: what is not ready may be soon.
Task<CheckVerdict> proxies_are_ready(DataPlaneScope& scope) {
  auto listed = co_await pods_are_listed(scope);
  if (!listed) co_return listed;
  co_return none_of("not ready", unready_proxies(*scope.view.listed, scope.mesh_namespace));
}

Task<CheckVerdict> ports_are_listened_on(DataPlaneScope& scope) {
  auto listed = co_await pods_are_listed(scope);
  if (!listed) co_return listed;
  co_return none_of("nobody is sent to such a port",
                    deaf_pods(*scope.view.listed, scope.mesh_namespace));
}

CheckVerdict certificates_are_valid(DataPlaneScope& scope) {
  MeshView& view = scope.view;
  if (!view.access || !view.listed) return CheckAnswer::kSkipped;
  std::vector<AskedProxy> proxies;
  for (const api::ListedWorkload& workload : view.listed->workloads()) {
    if (!scope.mesh_namespace.empty() && scope.mesh_namespace != workload.namespace_()) continue;
    for (const api::ListedPod& pod : workload.pods()) {
      // Others are offenders of an earlier check, or about to go.
      if (pod.leaving() || !pod.proxy_ready() || pod.ips_size() == 0) continue;
      proxies.push_back({.label = pod_label(workload.namespace_(), pod.name(), pod.version()),
                         .identity = workload.identity(),
                         .ip = pod.ips(0)});
    }
  }
  auto asked = ask_certificates(view.access->hub, view.loop.clock(),
                                view.described->mesh().trust_anchors_pem(), proxies);
  if (!asked) return fail(std::move(asked.error()));
  std::vector<std::string> offenders;
  for (const AskedProxy& proxy : proxies) {
    if (!proxy.problem.empty()) offenders.push_back(proxy.label + " " + proxy.problem);
  }
  return none_of("without a valid certificate", offenders);
}

using WindowRead = Result<telemetry::ReadResponse>;

[[clang::coro_wrapper]] Task<WindowRead> read_window(DataPlaneScope& scope) {
  telemetry::ReadRequest request;
  // Who reports matters, and when they did; not what.
  request.mutable_last()->set_seconds(10);
  request.set_namespace_(scope.mesh_namespace);
  return scope.view.registry.call<telemetry::ReadResponse>("/seine.telemetry.v1.Window/Read",
                                                           request);
}

bool is_unknown_call(const Error& error) {
  return grpc::status_code(error) == grpc::StatusCode::kUnimplemented;
}

Task<CheckVerdict> proxies_report(DataPlaneScope& scope) {
  const WindowRead window = co_await read_window(scope);
  if (!window && is_unknown_call(window.error())) co_return CheckAnswer::kSkipped;
  if (!window) co_return fail(window.error());
  co_return none_of("silent for three reports", silent_proxies(*window, scope.mesh_namespace,
                                                               scope.view.loop.clock().wall_now()));
}

Task<CheckVerdict> versions_match(DataPlaneScope& scope) {
  const WindowRead window = co_await read_window(scope);
  if (!window && is_unknown_call(window.error())) co_return CheckAnswer::kSkipped;
  if (!window) co_return fail(window.error());
  co_return none_of("not " + scope.view.version,
                    other_versions(*window, scope.mesh_namespace, scope.view.version));
}

}  // namespace

CheckCategory data_plane_checks(DataPlaneScope& scope) {
  CheckCategory out{.name = "data-plane", .checks = {}};
  out.checks.push_back({.description = "data plane proxies are ready",
                        .hint = "see what `seine run` of these pods says, or run them with "
                                "--proxy-log-level info",
                        .look = look_by(scope, &proxies_are_ready),
                        .is_retried = true});
  out.checks.push_back(
      {.description = "certificates of data plane proxies are valid",
       .hint = "their logs say why; end these pods and start them anew with `seine run`",
       .look = look_by(scope, &certificates_are_valid),
       .deadline = kHandshakesDeadline + 5s});
  out.checks.push_back({.description = "data plane proxies report what they count",
                        .hint = "`seine stat` lacks what these proxies carry; restart their pods",
                        .look = look_by(scope, &proxies_report),
                        .is_warning = true,
                        .is_retried = true});
  out.checks.push_back({.description = "data plane and cli versions match",
                        .hint = "end these pods and start them anew with `seine run`",
                        .look = look_by(scope, &versions_match),
                        .is_warning = true});
  out.checks.push_back({.description = "declared ports are listened on",
                        .hint = "start the program that listens there, or run the pod without "
                                "this --port",
                        .look = look_by(scope, &ports_are_listened_on),
                        .is_warning = true,
                        .is_retried = true});
  return out;
}

}  // namespace seine::cli
