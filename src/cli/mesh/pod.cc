// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/pod.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/mesh/ledger_delivery.h"
#include "cli/mesh/programs.h"
#include "cli/mesh/registry_client.h"
#include "cli/output.h"
#include "netns/hub.h"
#include "runtime/combine.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr Duration kReadyTimeout = 30s;
constexpr Duration kIdlePatience = 3s;
constexpr Duration kProxyDrain = 10s;
constexpr Duration kHastyGoodbye = 1s;
constexpr Duration kLookForPorts = 50ms;
constexpr Duration kLookAgain = 500ms;
constexpr unsigned kNetAdmin = 12;  // CAP_NET_ADMIN

netns::ProxySign sign_of(const MeshNetwork& network) {
  return network.proxy_uid ? netns::ProxySign::uid(*network.proxy_uid)
                           : netns::ProxySign::mark(netns::kProxyMark);
}

Task<Result<void>> proxy_ready(PodProxy& proxy) {
  co_await proxy.wait_ready();
  co_return Result<void>();
}

}  // namespace

Pod::Pod(runtime::EventLoop& loop, const Log& log, const PodSite& site, const RunOptions& options)
    : loop_(loop),
      log_(log),
      site_(site),
      options_(options),
      lease_(loop, log, options, site.network.registry_socket) {
  if (!site.is_up) hub_watch_.emplace(log, site.folder, site.hub);
}

Pod::~Pod() {
  background_.reset();
  proxy_.reset();
  if (own_ && keep_ledgers(own_->path(), site_.folder)) own_->remove();
}

Result<void> Pod::make_network() {
  const auto& pod = lease_.joined().pod();
  auto own = netns::OwnedFolder::make(site_.folder.pods() + "/" + pod.name());
  if (!own) return fail(std::move(own.error()));
  own_ = *std::move(own);
  netns::PodNetwork network{.ip = {}, .ip_v6 = {}, .proxy = sign_of(site_.network), .ports = {}};
  const auto ip = IpAddress::parse(pod.ips(0));
  if (!ip) return fail(ip.error());
  network.ip = *ip;
  if (pod.ips_size() > 1) {
    const auto ip_v6 = IpAddress::parse(pod.ips(1));
    if (!ip_v6) return fail(ip_v6.error());
    network.ip_v6 = *ip_v6;
  }
  auto made = netns::create_pod(site_.hub, site_.network.plan, network);
  if (!made) return fail(std::move(made.error()));
  network_ = *std::move(made);
  if (!site_.is_up) {
    auto door = PodDoor::open(loop_, log_, own_->path(), site_.network, site_.hub);
    if (!door) return fail(std::move(door.error()));
    door_ = *std::move(door);
  }
  auto ports = netns::ListeningPorts::open(*network_);
  if (!ports) return fail(std::move(ports.error()));
  ports_ = *std::move(ports);
  return {};
}

Result<void> Pod::publish(const PublishedPort& port) {
  const IpAddress ip = IpAddress::parse(lease_.joined().pod().ips(0)).value();
  const auto start = [&](const SocketAddr& listen) {
    return netns::PublishRelay::start(site_.hub, {.listen = listen, .target = {ip, port.target}},
                                      site_.clock, log_);
  };
  auto relay = start(port.listen);
  if (!relay && port.or_any_port && relay.error().code == ErrorCode::kUnavailable) {
    relay = start({port.listen.ip, 0});
  }
  if (!relay) return fail(std::move(relay.error()).with_context("--publish"));
  published_.push_back(*std::move(relay));
  return {};
}

// The way out and the ways in.
Result<void> Pod::open_ways() {
  if (options_.egress) {
    auto listener = network_->tcp_listener(SocketAddr::parse(netns::kEgressRelayAddress).value());
    if (!listener) return fail(std::move(listener.error()));
    netns::EgressOptions egress;
    egress.policy.host_ports = options_.host_ports;
    egress.policy.host_alias = IpAddress::parse(netns::kHostAlias).value();
    const netns::AddressPlan& plan = site_.network.plan;
    egress.policy.mesh = {plan.pods, plan.services};
    if (plan.pods_v6) egress.policy.mesh.push_back(*plan.pods_v6);
    auto relay = netns::EgressRelay::start(loop_, *std::move(listener), std::move(egress), log_);
    if (!relay) return fail(std::move(relay.error()));
    egress_ = *std::move(relay);
  }
  for (const PublishedPort& port : options_.publish) {
    if (auto published = publish(port); !published) return published;
  }
  return {};
}

std::vector<SocketAddr> Pod::published() const {
  std::vector<SocketAddr> out;
  for (const auto& relay : published_) out.push_back(relay->addr());
  return out;
}

netns::FileView Pod::view() const {
  return {
      .hidden = {site_.folder.path},
      .kept = {},
      .resolv_conf = netns::render_resolv_conf(site_.network.plan.hub(), options_.mesh_namespace,
                                               lease_.joined().mesh().cluster_domain())};
}

netns::Launch Pod::proxy_launch(const std::string& folder) const {
  const MeshNetwork& network = site_.network;
  netns::Launch launch{.argv = {site_.proxy_program},
                       .environment = bare_environment(
                           site_.environment, proxy_variables(options_, network, lease_.joined())),
                       .working_directory = folder,
                       .identity = netns::current_identity(),
                       .view = std::nullopt};
  if (network.proxy_uid) {
    launch.identity = {.uid = *network.proxy_uid, .gid = *network.proxy_uid, .groups = {}};
  } else {
    launch.kept_capabilities = std::uint64_t{1} << kNetAdmin;
  }
  return launch;
}

std::set<std::uint16_t> Pod::listening() {
  return program_runs_ ? ports_->read() : std::set<std::uint16_t>();
}

// What the registry hears each second, and when something of it changes.
PodLease::Facts Pod::facts() {
  const bool is_cut_off = hub_watch_ && hub_watch_->is_cut_off();
  return {.listening = listening(),
          .proxy_ready = proxy_ != nullptr && proxy_->is_ready() && !is_leaving_ && !is_cut_off};
}

// So that a program is called as soon as it listens, and no longer when it stops to.
Task<void> Pod::watch_ports(Pod& self) {
  const auto declared_now = [&self] {
    const std::set<std::uint16_t> now = self.listening();
    std::size_t count = 0;
    for (const DeclaredPort& port : self.options_.ports) count += now.contains(port.number);
    return count;
  };
  std::size_t known = 0;
  for (;;) {
    const std::size_t now = declared_now();
    if (std::exchange(known, now) != now) self.lease_.touch();
    co_await runtime::sleep_for(self.loop_,
                                now < self.options_.ports.size() ? kLookForPorts : kLookAgain);
  }
}

Task<Result<void>> Pod::start_proxy() {
  const std::string folder = proxy_folder(own_->path());
  std::error_code failed;
  std::filesystem::create_directory(folder, failed);
  if (!failed) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, failed);
  netns::Launch launch = proxy_launch(folder);
  if (!failed && launch.identity.uid != ::geteuid() &&
      ::chown(folder.c_str(), launch.identity.uid, launch.identity.gid) != 0) {
    failed = std::error_code(errno, std::generic_category());
  }
  if (failed) co_return fail_errno(ErrorCode::kInvalidConfig, failed.value(), folder);
  proxy_ = std::make_unique<PodProxy>(loop_, log_, *network_, std::move(launch), folder,
                                      [this] { lease_.touch(); });
  const auto token = co_await lease_.issue_token();
  if (!token) co_return fail(token.error());
  if (auto written = proxy_->write_token(*token); !written) co_return written;
  co_return proxy_->start();
}

Task<Result<void>> Pod::start() {
  if (auto joined = co_await lease_.join(); !joined) co_return joined;
  next_step_ = "the pod was";
  if (auto made = make_network(); !made) co_return made;
  if (!site_.is_up) {
    auto checked = co_await check_hub(loop_, site_.folder, site_.hub);
    if (!checked) co_return checked;
  }
  if (auto opened = open_ways(); !opened) co_return opened;
  next_step_ = "the proxy was started";
  if (auto started = co_await start_proxy(); !started) co_return started;
  next_step_ = "the proxy was ready";
  runtime::TaskScope& background = background_.emplace(loop_, [](Error) {});
  background.spawn(lease_.keep([this] { return facts(); },
                               [this](const std::string& token) {
                                 auto written = proxy_->write_token(token);
                                 if (written) return;
                                 log_warn(log_, "the proxy's token cannot be written",
                                          {{"reason", written.error().to_string()}});
                               }));
  auto ready = co_await runtime::with_deadline(loop_, kReadyTimeout, ErrorCode::kTimeout,
                                               "the proxy's start", proxy_ready(*proxy_));
  if (ready) background.spawn(watch_ports(*this));
  co_return ready;
}

// A controller that does not answer finds out by the lease's end.
Task<void> Pod::abandon() {
  background_.reset();
  if (lease_.joined().lease().empty()) co_return;
  (void)co_await runtime::with_deadline(loop_, kHastyGoodbye, ErrorCode::kTimeout,
                                        "a hasty goodbye", tell_gone(*this));
}

Task<Result<void>> Pod::tell_gone(Pod& self) {
  co_await self.lease_.gone();
  co_return Result<void>();
}

Task<void> Pod::leave_once() {
  if (std::exchange(is_leaving_, true)) co_return;
  co_await lease_.leave();
}

// Peers drop it first, and it answers what they had sent, so that a program that goes at once
// fails nothing.
Task<void> Pod::say_goodbye() {
  co_await leave_once();
  co_await proxy_->wait_idle(kIdlePatience);
}

Task<void> Pod::end() {
  co_await leave_once();
  for (const auto& relay : published_) relay->drain();
  co_await proxy_->drain(kProxyDrain);
  RegistryClient registry(loop_, site_.network.registry_socket);
  co_await deliver_ledgers(loop_, log_, proxy_folder(own_->path()), registry);
  // Otherwise a renewal finds no lease and joins again.
  background_.reset();
  co_await lease_.gone();
}

Task<void> Pod::end_at_once() {
  co_await abandon();
  co_await proxy_->drain(Duration::zero());
}

}  // namespace seine::cli
