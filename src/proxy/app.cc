// SPDX-License-Identifier: Apache-2.0
#include "proxy/app.h"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "fmt/format.h"

#include "metrics/process.h"
#include "proxy/access_log/access_log.h"
#include "proxy/admin/admin_server.h"
#include "proxy/config.h"
#include "proxy/control_plane.h"
#include "proxy/memory_limit.h"
#include "proxy/tap/tap_server.h"
#include "proxy/telemetry_delivery.h"
#include "proxy/trace/tracing.h"
#include "proxy/worker.h"
#include "runtime/combine.h"
#include "runtime/end_signals.h"
#include "runtime/file_limit.h"
#include "runtime/heap_trim.h"

namespace seine::proxy {

using runtime::Task;

namespace {

constexpr int kExitConfig = 64;
constexpr int kExitFailure = 1;

void complain(std::string_view sentence) {
  const std::string line = fmt::format("seine-proxy: {}\n", sentence);
  [[maybe_unused]] const ssize_t n = write(STDERR_FILENO, line.data(), line.size());
}

// Opens with the variable, not with the error's name.
std::string sentence_of(const Error& error) {
  if (error.cause != Error::Cause::kErrno) return error.message;
  return fmt::format("{}: {}", error.message, errno_name(error.cause_code));
}

class App {
 public:
  App(const Config& config, const Environment& environment, std::string_view version)
      : config_(config),
        environment_(environment),
        log_(clock_, STDERR_FILENO, config.log_level, config.log_format),
        loop_(clock_),
        signals_(loop_),
        random_(static_cast<std::uint64_t>(clock_.wall_now().time_since_epoch().count())),
        // One set of cells for each worker and one for this thread.
        registry_(clock_, config.cores + 1, config.metrics_retain_idle),
        telemetry_(registry_),
        limits_{config},
        courier_(loop_),
        version_(version) {}

  int run();

 private:
  Result<void> prepare();
  bool is_set(const std::string& variable) const {
    const auto found = environment_.find(variable);
    return found != environment_.end() && !found->second.empty();
  }
  Result<void> open_taps();
  Task<void> live();
  Task<void> drain();
  Task<void> wait_drained();
  Task<void> cut_off();

  const Config& config_;
  const Environment& environment_;
  const SystemClock clock_;
  Log log_;
  runtime::EventLoop loop_;
  runtime::EndSignals signals_;
  FastRandom random_;
  metrics::Registry registry_;
  Telemetry telemetry_;
  SharedLimits limits_;
  TlsState tls_;
  std::optional<crypto::TrustAnchors> anchors_;
  std::optional<DefaultPolicies> defaults_;
  Courier courier_;
  const std::string_view version_;
  // Outlives the workers: exchanges that taps watch post here until they die.
  TapBox tap_box_{loop_, kTapBoxCapacity};
  std::optional<AccessLog> access_log_;          // outlives the workers, too
  std::optional<Tracing> tracing_;               // the same
  std::unique_ptr<TelemetryDelivery> delivery_;  // null: nobody asked for telemetry
  std::vector<std::unique_ptr<Worker>> workers_;
  std::size_t draining_ = 0;
  runtime::Signal drained_;
  runtime::Signal shutdown_;  // asked for on the admin socket
  ControlPlane* plane_pointer_ = nullptr;
  std::unique_ptr<ControlPlane> plane_;
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<TapServer> taps_;  // null: nobody may tap
};

// Once at the start rather than with each connection.
Result<void> try_mark(std::uint32_t mark) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail_errno(ErrorCode::kInternal, errno, "cannot make a socket");
  Result<void> marked = runtime::set_mark(fd, mark);
  close(fd);
  if (marked) return {};
  return fail_errno(ErrorCode::kInvalidConfig, static_cast<int>(marked.error().cause_code),
                    "SEINE_PROXY_SOCKET_MARK: marking sockets takes CAP_NET_ADMIN");
}

Result<void> App::prepare() {
  if (Result<void> marked = try_mark(config_.socket_mark); !marked) return marked;
  Result<crypto::TrustAnchors> anchors =
      crypto::TrustAnchors::from_pem(config_.identity.trust_anchors_pem);
  if (!anchors) {
    return fail(std::move(anchors.error()).with_context("LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS"));
  }
  anchors_ = std::move(*anchors);
  if (const auto name = crypto::SubjectName::parse(config_.identity.local_id); !name) {
    return fail(ErrorCode::kInvalidConfig, fmt::format("{}: {}",
                                                       is_set("LINKERD2_PROXY_IDENTITY_LOCAL_NAME")
                                                           ? "LINKERD2_PROXY_IDENTITY_LOCAL_NAME"
                                                           : "LINKERD2_PROXY_IDENTITY_SERVER_ID",
                                                       name.error().message));
  }
  Result<DefaultPolicies> defaults = DefaultPolicies::make(config_);
  if (!defaults) {
    return fail(std::move(defaults.error()).with_context("LINKERD2_PROXY_INBOUND_DEFAULT_POLICY"));
  }
  defaults_ = std::move(*defaults);
  Result<TlsState::Context> anonymous = crypto::TlsContext::create_anonymous(*anchors_);
  if (!anonymous) return fail(anonymous.error());

  const std::string_view outbound_variable = is_set("LINKERD2_PROXY_OUTBOUND_LISTEN_ADDRS")
                                                 ? "LINKERD2_PROXY_OUTBOUND_LISTEN_ADDRS"
                                                 : "LINKERD2_PROXY_OUTBOUND_LISTEN_ADDR";
  if (config_.telemetry) {
    delivery_ = std::make_unique<TelemetryDelivery>(config_, log_, version_);
  }
  if (config_.access_log) access_log_.emplace(loop_, clock_, *config_.access_log, STDERR_FILENO);
  if (config_.trace) tracing_.emplace(loop_, log_, config_);
  const WorkerTellers tellers{.ledger = delivery_ == nullptr ? nullptr : &delivery_->ledger(),
                              .access_log = access_log_ ? &*access_log_ : nullptr,
                              .spans = tracing_ ? &tracing_->box() : nullptr};
  for (std::size_t i = 0; i < config_.cores; ++i) {
    workers_.push_back(std::make_unique<Worker>(
        config_, log_, clock_, telemetry_, limits_, *defaults_, i,
        ControlPlane::subscriptions(courier_, plane_pointer_, i), tellers));
    if (Result<void> bound = workers_.back()->bind(outbound_variable); !bound) return bound;
  }
  const ControlPlaneContext context{loop_, log_, config_, *anchors_, telemetry_, config_.cores};
  plane_ = std::make_unique<ControlPlane>(context, std::move(*anonymous), tls_, random_);
  plane_pointer_ = plane_.get();
  std::vector<Worker*> workers;
  workers.reserve(workers_.size());
  for (const auto& worker : workers_) workers.push_back(worker.get());
  plane_->serve(workers);
  if (delivery_ != nullptr) {
    delivery_->start(loop_, random_, *plane_->telemetry(), workers, courier_);
  }
  if (tracing_) tracing_->start(*plane_->traces());
  admin_ =
      std::make_unique<AdminServer>(loop_, log_, config_, environment_, registry_, tls_, shutdown_);
  if (Result<void> bound = admin_->bind(); !bound) return bound;
  return open_taps();
}

Result<void> App::open_taps() {
  if (config_.tap_identity.empty()) return {};
  if (const auto name = crypto::SubjectName::parse(config_.tap_identity); !name) {
    return fail(ErrorCode::kInvalidConfig, "LINKERD2_PROXY_TAP_SVC_NAME: " + name.error().message);
  }
  taps_ =
      std::make_unique<TapServer>(TapServerContext{loop_, log_, config_, registry_, tls_, tap_box_},
                                  TapWorkers{.add =
                                                 [this](const std::shared_ptr<Tap>& tap) {
                                                   for (const auto& worker : workers_)
                                                     worker->tap(tap);
                                                 },
                                             .remove =
                                                 [this](const std::shared_ptr<Tap>& tap) {
                                                   for (const auto& worker : workers_)
                                                     worker->untap(tap);
                                                 }});
  return taps_->bind();
}

int App::run() {
  if (Result<void> prepared = prepare(); !prepared) {
    complain(sentence_of(prepared.error()));
    if (delivery_ != nullptr) delivery_->discard();
    return prepared.error().code == ErrorCode::kInvalidConfig ? kExitConfig : kExitFailure;
  }
  registry_.add_callback(metrics::Part::kOpenMetrics,
                         [this](metrics::TextWriter& writer) { limits_.in_flight.write(writer); });
  registry_.add_callback(metrics::Part::kOpenMetrics, [this](metrics::TextWriter& writer) {
    write_budget(limits_.buffers, writer);
  });
  if (delivery_ != nullptr) {
    registry_.add_callback(metrics::Part::kOpenMetrics,
                           [this](metrics::TextWriter& writer) { delivery_->write(writer); });
  }
  if (tracing_) {
    registry_.add_callback(metrics::Part::kOpenMetrics,
                           [this](metrics::TextWriter& writer) { tracing_->write(writer); });
  }
  if (access_log_) {
    registry_.add_callback(metrics::Part::kOpenMetrics,
                           [this](metrics::TextWriter& writer) { access_log_->write(writer); });
  }
  registry_.add_collector(metrics::Part::kOpenMetrics, metrics::make_process_collector(clock_));
  registry_.add_collector(metrics::Part::kOpenMetrics,
                          metrics::make_build_info_collector({.version = std::string(version_),
                                                              .git_sha = "",
                                                              .profile = "release",
                                                              .vendor = "seine",
                                                              .date = ""}));
  log_info(log_, "starting",
           {{"version", std::string(version_)},
            {"identity", config_.identity.local_id},
            {"inbound", config_.inbound.listen.front().to_string()},
            {"outbound", config_.outbound.listen.front().to_string()},
            {"admin", config_.admin_listen.to_string()}});
  admin_->start();
  if (taps_) taps_->start();
  for (const auto& worker : workers_) worker->start();
  plane_->start([this](TlsState::Context context) {
    for (const auto& worker : workers_) worker->replace_tls(context);
    tls_.replace(std::move(context));
  });
  {
    runtime::TaskScope scope(loop_, [](Error) {});
    scope.spawn(live());
    scope.spawn(runtime::keep_heap_trimmed(loop_));
    loop_.run();
  }
  if (delivery_ != nullptr) delivery_->close();
  if (tracing_) tracing_->close();
  for (const auto& worker : workers_) worker->stop();
  log_info(log_, "stopped");
  return 0;
}

Task<void> App::live() {
  struct Local {
    static Task<int> asked(runtime::EventLoop& loop, runtime::Signal& shutdown) {
      runtime::Waker waker(loop);
      runtime::Signal::Watch watch;
      shutdown.arm(watch, waker);
      co_await waker.wait();
      co_return 0;
    }
  };
  co_await runtime::race(signals_.next(), Local::asked(loop_, shutdown_));
  co_await drain();
  co_await cut_off();
  if (delivery_ != nullptr) co_await delivery_->finish();
  if (tracing_) co_await tracing_->finish();
  loop_.stop();
}

// What is left after the drain: it is in counts, spans and logs, too.
Task<void> App::cut_off() {
  runtime::Waker dropped(loop_);
  std::size_t dropping = workers_.size();
  for (const auto& worker : workers_) {
    worker->drop_connections([&] {
      courier_.post([&] {
        if (--dropping == 0) dropped.on_wake();
      });
    });
  }
  co_await dropped.wait();
}

Task<void> App::wait_drained() {
  runtime::Waker waker(loop_);
  runtime::Signal::Watch watch;
  drained_.arm(watch, waker);
  co_await waker.wait();
}

Task<void> App::drain() {
  log_info(log_, "draining", {{"grace", format_duration(config_.shutdown_grace)}});
  draining_ = workers_.size();
  for (const auto& worker : workers_) {
    worker->drain([this] {
      courier_.post([this] {
        if (--draining_ == 0) drained_.fire();
      });
    });
  }
  struct Local {
    static Task<std::string_view> drained(App& app) {
      co_await app.wait_drained();
      if (app.taps_) co_await app.taps_->finish();
      // The last: whoever looks why a drain takes so long asks the admin server.
      co_await app.admin_->finish();
      co_return "all connections have ended";
    }
    static Task<std::string_view> hurried(App& app) {
      auto first = co_await runtime::race(grace(app), again(app));
      co_return first.index() == 0 ? std::get<0>(first) : std::get<1>(first);
    }
    static Task<std::string_view> grace(App& app) {
      co_await runtime::sleep_for(app.loop_, app.config_.shutdown_grace);
      co_return "the grace period has passed";
    }
    static Task<std::string_view> again(App& app) {
      co_await app.signals_.next();
      co_return "a second signal came";
    }
  };
  auto why = co_await runtime::race(Local::drained(*this), Local::hurried(*this));
  log_info(log_, "ending",
           {{"reason", std::string(why.index() == 0 ? std::get<0>(why) : std::get<1>(why))}});
}

}  // namespace

int run_proxy(const Environment& environment, std::string_view version) {
  std::expected<Config, ConfigProblems> config = read_config(environment);
  if (!config) {
    for (const std::string& sentence : config.error().sentences) complain(sentence);
    return kExitConfig;
  }
  runtime::raise_file_limit();
  return App(*config, environment, version).run();
}

}  // namespace seine::proxy
