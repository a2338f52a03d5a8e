// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/dive_pods.h"

#include <unistd.h>

#include <chrono>
#include <utility>
#include <vector>

#include "base/file.h"
#include "cli/mesh/ask_http.h"
#include "cli/mesh/dive_folders.h"
#include "cli/mesh/invoking_user.h"
#include "cli/mesh/programs.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "runtime/combine.h"
#include "runtime/socket.h"
#include "seine/telemetry/v1/feed.pb.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr IpAddress kLoopback = IpAddress::v4(0x7f000001U);
// Dive's own, in its pod.
constexpr SocketAddr kAgents{kLoopback, kDiveAgentPort};
constexpr SocketAddr kPages{kLoopback, kDashboardPort};
constexpr SocketAddr kAdmin{kLoopback, 9992};
constexpr Duration kFeedPatience = 2s;
constexpr Duration kAskPatience = 2s;
constexpr Duration kFirstLook = 20ms;
constexpr Duration kLongestLook = 1s;
// Longer than the 5 s that an agent spends on what it has not told yet.
constexpr Duration kAgentPatience = 8s;
constexpr Duration kDivePatience = 10s;

Task<Result<void>> watch_once(runtime::EventLoop& loop, std::string socket) {
  namespace wire = seine::telemetry::v1;
  auto stream = co_await runtime::connect_unix(loop, socket);
  if (!stream) co_return fail(std::move(stream.error()).about(socket));
  http::Http2Client client(loop, *std::move(stream), http::Http2Options{});
  grpc::Channel channel(loop, client, "feed");
  auto feed =
      channel.stream<wire::FeedMessage>("/seine.telemetry.v1.Feed/Watch", wire::WatchFeedRequest());
  co_return co_await feed.opened();
}

netns::Launch launch_of(const PodSite& site, netns::FileView view) {
  netns::Launch launch{.argv = {},
                       .environment = bare_environment(site.environment, {}),
                       .identity = netns::current_identity(),
                       .view = std::move(view),
                       .is_ours = true,
                       .own_user_namespace = site.network.has_user_namespace,
                       .output = STDERR_FILENO};
  return launch;
}

}  // namespace

RunOptions dive_pod(const DiveSettings& settings) {
  return {.name = kDiveWorkload,
          .mesh_namespace = kDiveNamespace,
          .service = kDiveWorkload,
          .ports = {{kAgents.port, PortProtocol::kGrpc}, {kPages.port, PortProtocol::kHttp1}},
          .labels = {},
          .version = settings.version,
          .publish = {{.listen = settings.dashboard, .target = kPages.port, .or_any_port = true}},
          .host_ports = {},
          .egress = false,
          .proxy_log_level = settings.log_level,
          .command = {}};
}

RunOptions dive_agent_pod(const DiveSettings& settings) {
  return {.name = kDiveAgentWorkload,
          .mesh_namespace = kDiveNamespace,
          .service = kDiveAgentWorkload,
          .ports = {},
          .labels = {},
          .version = settings.version,
          .publish = {},
          .host_ports = {},
          .egress = false,
          .proxy_log_level = settings.log_level,
          .command = {}};
}

netns::Launch dive_launch(const DiveSettings& settings, const PodSite& site, netns::FileView view) {
  view.kept = {site.folder.dive()};
  netns::Launch launch = launch_of(site, std::move(view));
  launch.argv = {settings.dive_program,
                 "serve",
                 "--state-dir=" + site.folder.dive(),
                 "--listen=" + kAgents.to_string(),
                 "--web-listen=" + kPages.to_string(),
                 "--admin-listen=" + kAdmin.to_string(),
                 "--owner-socket=" + site.folder.owner_socket()};
  launch.environment.push_back("SEINE_DIVE_LOG_LEVEL=" + settings.log_level);
  launch.identity = invoking_user(site.environment);
  return launch;
}

netns::Launch dive_agent_launch(const DiveSettings& settings, const PodSite& site,
                                netns::FileView view, std::string_view cluster_domain) {
  // The folder of the socket: a controller that is started again makes a new one in it.
  view.kept = {site.folder.dive_agent(), site.folder.feed()};
  netns::Launch launch = launch_of(site, std::move(view));
  launch.argv = {settings.agent_program,
                 "--dive=" + std::string(kDiveWorkload) + "." + kDiveNamespace + ".svc." +
                     std::string(cluster_domain) + ":" + std::to_string(kDiveAgentPort),
                 "--cluster=" + settings.cluster,
                 "--feed-socket=" + site.folder.feed_socket(),
                 "--state-dir=" + site.folder.dive_agent(),
                 "--join-token-file=" + site.folder.join_token(),
                 "--log-level=" + settings.log_level};
  return launch;
}

class DivePods::Dive final : public KeptProgram {
 public:
  explicit Dive(DivePods& pods) : pods_(pods) {}
  std::string_view name() const override { return "Dive"; }
  void on_pod(const Pod& pod) override { pods_.publish_admin(pod); }
  Task<void> prepare() override { co_return; }
  netns::Launch launch(const Pod& pod) override {
    return dive_launch(pods_.settings_, pods_.site_, pod.view());
  }

 private:
  DivePods& pods_;
};

class DivePods::Agent final : public KeptProgram {
 public:
  explicit Agent(DivePods& pods) : pods_(pods) {}
  std::string_view name() const override { return "Dive's agent"; }
  [[clang::coro_wrapper]] Task<void> prepare() override { return pods_.token_.give(); }
  netns::Launch launch(const Pod& pod) override {
    return dive_agent_launch(pods_.settings_, pods_.site_, pod.view(),
                             pod.joined().mesh().cluster_domain());
  }

 private:
  DivePods& pods_;
};

DivePods::DivePods(runtime::EventLoop& loop, PodSite site, DiveSettings settings,
                   std::function<void(const Where&)> on_ready)
    : loop_(loop),
      site_(std::move(site)),
      settings_(std::move(settings)),
      on_ready_(std::move(on_ready)),
      log_(loop.clock(), STDERR_FILENO, LogLevel::kWarn, LogFormat::kPlain),
      token_(loop, log_, site_.folder, settings_.cluster),
      dive_options_(dive_pod(settings_)),
      agent_options_(dive_agent_pod(settings_)),
      dive_program_(std::make_unique<Dive>(*this)),
      agent_program_(std::make_unique<Agent>(*this)),
      scope_(loop, [](Error) {}) {
  forget_notes();  // of one that was killed
}

DivePods::~DivePods() {
  forget_notes();
}

void DivePods::forget_notes() const {
  for (const std::string& note : {site_.folder.web_note(), site_.folder.admin_note()}) {
    ::unlink(note.c_str());
  }
}

Task<void> DivePods::begin_feed() {
  const auto begun =
      co_await runtime::with_deadline(loop_, kFeedPatience, ErrorCode::kTimeout, "the feed",
                                      watch_once(loop_, site_.folder.feed_socket()));
  if (!begun) {
    log_warn(log_, "what is counted before Dive's agent is there is not kept for it",
             {{"reason", begun.error().to_string()}});
  }
}

Result<void> DivePods::prepare_folders() const {
  const netns::Identity user = invoking_user(site_.environment);
  if (site_.network.proxy_uid == user.uid) {
    return fail(ErrorCode::kUnauthorized, "a program of the proxies' own user cannot be meshed");
  }
  auto made = prepare_folder(site_.folder.dive(), user);
  if (made) made = prepare_folder(site_.folder.dive_agent(), netns::current_identity());
  return made;
}

void DivePods::publish_admin(const Pod& pod) {
  dashboard_ = pod.published().front();
  admin_.reset();
  auto relay = netns::PublishRelay::start(
      pod.network(), {.listen = {kLoopback, 0}, .target = kAdmin}, site_.clock, log_);
  if (!relay) {
    log_warn(log_, "Dive's metrics cannot be reached", {{"reason", relay.error().to_string()}});
    return;
  }
  admin_ = *std::move(relay);
}

void DivePods::start() {
  if (auto prepared = prepare_folders(); !prepared) {
    log_error(log_, "Dive cannot be started; the mesh goes on without it",
              {{"reason", prepared.error().to_string()}});
    return;
  }
  dive_ = std::make_unique<KeptPod>(loop_, log_, site_, dive_options_, *dive_program_);
  agent_ = std::make_unique<KeptPod>(loop_, log_, site_, agent_options_, *agent_program_);
  dive_->start();
  agent_->start();
  scope_.spawn(announce(*this));
  scope_.spawn(token_.keep());
}

Task<bool> DivePods::answers() {
  const auto answer =
      co_await ask_unix(loop_, site_.folder.owner_socket(), "/api/v1/clusters", "", kAskPatience);
  co_return answer && answer->status == 200;
}

Task<void> DivePods::announce(DivePods& self) {
  Duration pause = kFirstLook;
  while (!self.dashboard_ || !co_await self.answers()) {
    co_await runtime::sleep_for(self.loop_, pause);
    pause = std::min(pause * 2, kLongestLook);
  }
  Where where{.dashboard = *self.dashboard_, .admin = {}};
  if (self.admin_) where.admin = self.admin_->addr();
  auto noted =
      replace_file(self.site_.folder.web_note(), render_note(web_url(where.dashboard)), 0600);
  if (noted && self.admin_) {
    noted = replace_file(self.site_.folder.admin_note(), render_note(web_url(where.admin)), 0600);
  }
  if (!noted) {
    log_warn(self.log_, "where Dive's pages are cannot be noted",
             {{"reason", noted.error().to_string()}});
  }
  self.on_ready_(where);
}

Task<void> DivePods::stop() {
  scope_.cancel();
  forget_notes();
  if (agent_) co_await agent_->stop(kAgentPatience);
  if (dive_) co_await dive_->stop(kDivePatience);
}

}  // namespace seine::cli
