// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/pod_proxy.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "cli/mesh/admin_port.h"
#include "netns/egress_relay.h"
#include "netns/pod_rules.h"
#include "runtime/combine.h"

namespace seine::cli {

namespace api = seine::registry::v1;
using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr char kTokenFile[] = "token";
constexpr SocketAddr kAdmin{IpAddress::v4(0x7f000001U), 4191};
constexpr Duration kFirstLook = 10ms;
constexpr Duration kIdleLook = 50ms;
constexpr Duration kAskPatience = 1s;
constexpr Duration kLongestLook = 250ms;
// A proxy that ran for so long did not fail at its start.
constexpr Duration kSteady = 10s;
constexpr Duration kFirstPause = 10ms;
constexpr Duration kLongestPause = 5s;

template <class List>
std::string joined_by_comma(const List& list) {
  std::string out;
  for (const auto& item : list) {
    if (!out.empty()) out += ',';
    out += item;
  }
  return out;
}

void add_control(std::vector<std::string>& out, const std::string& name,
                 const api::Endpoint& endpoint) {
  out.push_back(name + "_SVC_ADDR=" + endpoint.addr());
  if (!endpoint.name().empty()) out.push_back(name + "_SVC_NAME=" + endpoint.name());
}

// What it counts is told as this pod's, and kept in its own folder until it is.
void add_telemetry(std::vector<std::string>& out, const RunOptions& options,
                   const MeshNetwork& network, const api::JoinResponse& joined) {
  if (joined.mesh().telemetry().addr().empty()) return;
  add_control(out, "SEINE_PROXY_TELEMETRY", joined.mesh().telemetry());
  out.push_back("SEINE_PROXY_TELEMETRY_INTERVAL=" + format_duration(network.report_every));
  out.push_back("SEINE_PROXY_LEDGER_DIR=.");
  out.push_back("SEINE_PROXY_CLUSTER=" + joined.cluster());
  out.push_back("SEINE_PROXY_WORKLOAD=" + options.mesh_namespace + "/deployment/" + options.name);
  out.push_back("SEINE_PROXY_POD=" + joined.pod().name());
  if (!options.version.empty()) {
    out.push_back("SEINE_PROXY_WORKLOAD_VERSION=" + options.version);
  }
}

}  // namespace

std::vector<std::string> proxy_variables(const RunOptions& options, const MeshNetwork& network,
                                         const api::JoinResponse& joined) {
  const api::Mesh& mesh = joined.mesh();
  const bool has_v6 = joined.pod().ips_size() > 1;
  std::vector<std::string> inside(mesh.pod_networks().begin(), mesh.pod_networks().end());
  inside.insert(inside.end(), mesh.service_networks().begin(), mesh.service_networks().end());
  std::vector<std::string> ports, opaque;
  for (const DeclaredPort& port : options.ports) {
    ports.push_back(std::to_string(port.number));
    if (port.protocol == PortProtocol::kOpaque) opaque.push_back(ports.back());
  }
  std::vector<std::string> out{
      "LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS=" + mesh.trust_anchors_pem(),
      "LINKERD2_PROXY_IDENTITY_LOCAL_NAME=" + joined.identity(),
      "LINKERD2_PROXY_IDENTITY_TOKEN_FILE=" + std::string(kTokenFile),
      "LINKERD2_PROXY_POLICY_WORKLOAD=" + joined.context(),
      "LINKERD2_PROXY_DESTINATION_CONTEXT=" + joined.context(),
      "LINKERD2_PROXY_DESTINATION_PROFILE_NETWORKS=" + joined_by_comma(inside),
      "LINKERD2_PROXY_DESTINATION_PROFILE_SUFFIXES=svc." + mesh.cluster_domain() + ".",
      "LINKERD2_PROXY_INBOUND_DEFAULT_POLICY=" + mesh.default_inbound_policy(),
      "LINKERD2_PROXY_INBOUND_IPS=" + joined_by_comma(joined.pod().ips()),
      "LINKERD2_PROXY_INBOUND_PORTS=" + joined_by_comma(ports),
      "LINKERD2_PROXY_INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION=" + joined_by_comma(opaque),
      std::string("LINKERD2_PROXY_INBOUND_LISTEN_ADDR=") + (has_v6 ? "[::]:4143" : "0.0.0.0:4143"),
      std::string("LINKERD2_PROXY_OUTBOUND_LISTEN_ADDRS=127.0.0.1:4140") +
          (has_v6 ? ",[::1]:4140" : ""),
      "LINKERD2_PROXY_ADMIN_LISTEN_ADDR=" + kAdmin.to_string(),
      "SEINE_PROXY_INBOUND_LOOPBACK_FALLBACK=true",
      "LINKERD2_PROXY_LOG=" + options.proxy_log_level};
  add_control(out, "LINKERD2_PROXY_IDENTITY", mesh.identity());
  add_control(out, "LINKERD2_PROXY_DESTINATION", mesh.destination());
  add_control(out, "LINKERD2_PROXY_POLICY", mesh.policy());
  add_telemetry(out, options, network, joined);
  if (!mesh.tap_identity().empty()) {
    out.push_back("LINKERD2_PROXY_TAP_SVC_NAME=" + mesh.tap_identity());
    out.push_back(std::string("LINKERD2_PROXY_CONTROL_LISTEN_ADDR=") +
                  (has_v6 ? "[::]:4190" : "0.0.0.0:4190"));
  }
  if (options.egress) {
    out.push_back("SEINE_PROXY_EGRESS_ADDR=" + std::string(netns::kEgressRelayAddress));
  }
  if (!network.proxy_uid) {
    out.push_back("SEINE_PROXY_SOCKET_MARK=" + std::to_string(netns::kProxyMark));
  }
  return out;
}

PodProxy::PodProxy(runtime::EventLoop& loop, const Log& log, const netns::NetworkNamespace& pod,
                   netns::Launch launch, std::string folder,
                   std::move_only_function<void()> on_change)
    : loop_(loop),
      log_(log),
      pod_(pod),
      launch_(std::move(launch)),
      folder_(std::move(folder)),
      on_change_(std::move(on_change)),
      scope_(loop, [](Error) {}) {}

Result<void> PodProxy::write_token(const std::string& token) const {
  const std::string path = folder_ + "/" + kTokenFile;
  if (auto written = replace_file(path, token, 0400); !written) return written;
  const netns::Identity& identity = launch_.identity;
  if (identity.uid != ::geteuid() && ::chown(path.c_str(), identity.uid, identity.gid) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be given to the proxy");
  }
  return {};
}

Result<void> PodProxy::launch_once() {
  auto process = netns::launch(loop_, pod_, launch_);
  if (!process) return fail(std::move(process.error()).with_context("seine-proxy"));
  process_ = *std::move(process);
  return {};
}

Result<void> PodProxy::start() {
  auto started = launch_once();
  if (started) scope_.spawn(keep_running());
  return started;
}

void PodProxy::set_ready(bool ready) {
  if (std::exchange(is_ready_, ready) == ready) return;
  if (ready) became_ready_.wake();
  on_change_();
}

Task<std::string> PodProxy::ask(std::string path) const {
  auto answer = co_await ask_admin_port(loop_, pod_, kAdmin, std::move(path), kAskPatience);
  co_return answer ? *std::move(answer) : std::string();
}

Task<void> PodProxy::wait_idle(Duration patience) const {
  constexpr std::string_view kBusy = "seine_http_requests_in_flight{direction=\"inbound\"} ";
  const TimePoint given_up = loop_.now() + patience;
  // Twice in a row, since what a peer had already decided to send may still be on its way.
  for (int idle = 0; idle < 2 && loop_.now() < given_up;) {
    co_await runtime::sleep_for(loop_, kIdleLook);
    const std::string metrics = co_await ask("/metrics");
    const auto found = metrics.find(kBusy);
    const bool is_idle =
        found == std::string::npos || metrics.compare(found + kBusy.size(), 2, "0\n") == 0;
    idle = is_idle ? idle + 1 : 0;
  }
}

Task<void> PodProxy::wait_ready() {
  runtime::Waker waker(loop_);
  while (!is_ready_) {
    became_ready_.arm(waker);
    co_await waker.wait();
  }
}

Task<int> PodProxy::look_until_ready(PodProxy& self) {
  Duration pause = kFirstLook;
  for (;;) {
    const std::string answer = co_await self.ask("/ready");
    if (answer.starts_with("HTTP/1.1 200")) co_return 0;
    co_await runtime::sleep_for(self.loop_, pause);
    pause = std::min(pause * 2, kLongestLook);
  }
}

Task<void> PodProxy::keep_running() {
  struct Local {
    static Task<netns::Exit> ended(netns::LaunchedProcess& process) {
      co_return co_await process.wait();
    }
  };
  Duration pause = kFirstPause;
  for (;;) {
    const TimePoint started = loop_.now();
    auto first = co_await runtime::race(Local::ended(*process_), look_until_ready(*this));
    netns::Exit exit;
    if (first.index() == 0) {
      exit = std::get<0>(std::move(first));
    } else {
      set_ready(true);
      exit = co_await process_->wait();
      set_ready(false);
    }
    if (loop_.now() - started > kSteady) pause = kFirstPause;
    log_warn(log_, "the proxy ended, and is started again",
             {{"exit_code", std::to_string(exit.code)},
              {"problem", exit.problem},
              {"in", format_duration(pause)}});
    co_await runtime::sleep_for(loop_, pause);
    pause = std::min(pause * 2, kLongestPause);
    while (!launch_once()) co_await runtime::sleep_for(loop_, kLongestPause);
  }
}

Task<void> PodProxy::drain(Duration patience) {
  scope_.cancel();
  if (process_ == nullptr) co_return;
  process_->signal(SIGTERM);
  struct Local {
    static Task<Result<void>> ended(netns::LaunchedProcess& process) {
      (void)co_await process.wait();
      co_return Result<void>();
    }
  };
  (void)co_await runtime::with_deadline(loop_, patience, ErrorCode::kTimeout, "the proxy's drain",
                                        Local::ended(*process_));
  process_.reset();
}

}  // namespace seine::cli
