// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/tap_service.h"

#include <sys/random.h>

#include <deque>
#include <map>
#include <utility>

#include "proxy/tap/decode_tap_match.h"
#include "proxy/tap/encode_tap_event.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

namespace wire = io::linkerd::proxy::tap;

namespace {

std::uint32_t random_base() {
  std::uint32_t base = 0;
  // Only tells processes apart: a short read would merely make it less random.
  [[maybe_unused]] const ssize_t n = getrandom(&base, sizeof base, 0);
  return base;
}

struct NoLabels {
  void write(metrics::LabelWriter&) const {}
};

}  // namespace

class TapService::Core {
 public:
  Core(const TapServiceContext& context, TapWorkers workers)
      : context_(context),
        workers_(std::move(workers)),
        base_(random_base()),
        streams_(gauge("seine_tap_streams", "Taps that watch.")),
        events_(counter("seine_tap_events", "Events that taps were sent.")),
        dropped_(counter("seine_tap_dropped_events",
                         "Events that were dropped since a tap read too slowly.")),
        scope_(context.loop, [](Error) {}) {
    scope_.spawn(dispatch(*this));
  }

  runtime::Task<grpc::Status> observe(const grpc::Context& call,
                                      const wire::ObserveRequest& request,
                                      grpc::Writer<wire::TapEvent>& writer);
  void end() { ending_.fire(); }

 private:
  // One stream: its tap is on the workers for as long as this lives.
  class Observation;

  metrics::Gauge gauge(const char* name, const char* help) {
    return context_.registry.gauge({.description = {.name = name, .help = help}})
        .get(context_.registry.cores() - 1, NoLabels());
  }
  metrics::Counter counter(const char* name, const char* help) {
    return context_.registry.counter({.description = {.name = name, .help = help}})
        .get(context_.registry.cores() - 1, NoLabels());
  }
  static runtime::Task<void> dispatch(Core& core);

  const TapServiceContext context_;
  const TapWorkers workers_;
  const std::uint32_t base_;
  const metrics::Gauge streams_;
  const metrics::Counter events_;
  const metrics::Counter dropped_;
  runtime::Signal ending_;
  std::map<const Tap*, Observation*> open_;
  runtime::TaskScope scope_;
};

class TapService::Core::Observation {
 public:
  Observation(Core& core, std::shared_ptr<Tap> tap) : core_(core), tap_(std::move(tap)) {
    core_.open_.emplace(tap_.get(), this);
    core_.streams_.add();
    core_.workers_.add(tap_);
  }
  ~Observation() {
    tap_->close();
    core_.workers_.remove(tap_);
    count_dropped();
    core_.streams_.sub();
    core_.open_.erase(tap_.get());
  }
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

  void deliver(TapRecord record) {
    count_dropped();
    queue_.push_back(std::move(record));
    news_.wake();
  }
  runtime::Task<grpc::Status> run(grpc::Writer<wire::TapEvent>& writer);

 private:
  void count_dropped() {
    if (const std::uint64_t dropped = tap_->take_dropped(); dropped > 0) {
      core_.dropped_.add(dropped);
    }
  }

  Core& core_;
  const std::shared_ptr<Tap> tap_;
  std::deque<TapRecord> queue_;
  runtime::WakeSlot news_;
};

runtime::Task<grpc::Status> TapService::Core::Observation::run(
    grpc::Writer<wire::TapEvent>& writer) {
  runtime::Waker waker(core_.context_.loop);
  runtime::Signal::Watch ending;
  core_.ending_.arm(ending, waker);
  for (;;) {
    while (!queue_.empty()) {
      const TapRecord record = std::move(queue_.front());
      queue_.pop_front();
      if (std::holds_alternative<std::monostate>(record.event)) co_return grpc::Status();
      wire::TapEvent event;
      encode_tap_event(record, core_.base_, event);
      // Counts as waiting until it is written: a watcher that does not read is one that is full.
      co_await writer.write(event);
      tap_->take(record);
      core_.events_.add();
    }
    if (core_.ending_.fired()) {
      co_return grpc::Status{grpc::StatusCode::kUnavailable, "this proxy is about to end"};
    }
    news_.arm(waker);
    co_await waker.wait();
  }
}

runtime::Task<void> TapService::Core::dispatch(Core& core) {
  for (;;) {
    std::vector<TapRecord> records = co_await core.context_.box.receive();
    for (TapRecord& record : records) {
      const auto found = core.open_.find(record.tap.get());
      if (found != core.open_.end()) found->second->deliver(std::move(record));
    }
  }
}

runtime::Task<grpc::Status> TapService::Core::observe(const grpc::Context& call,
                                                      const wire::ObserveRequest& request,
                                                      grpc::Writer<wire::TapEvent>& writer) {
  const std::string peer = call.peer_identity.empty() ? "nobody" : call.peer_identity;
  if (call.peer_identity != context_.watcher) {
    log_warn(context_.log, "refused a tap",
             {{"caller", peer}, {"address", call.peer_ip.to_string()}});
    co_return grpc::Status{grpc::StatusCode::kUnauthenticated,
                           peer + " may not tap; LINKERD2_PROXY_TAP_SVC_NAME says who may"};
  }
  if (request.limit() == 0) {
    co_return grpc::Status{grpc::StatusCode::kInvalidArgument, "limit must be above zero"};
  }
  Result<TapMatch> match = decode_tap_match(request);
  if (!match) co_return grpc::to_status(match.error());
  if (open_.size() >= kMaxTaps) {
    co_return grpc::Status{grpc::StatusCode::kResourceExhausted,
                           std::to_string(kMaxTaps) + " taps are open already"};
  }
  const bool headers = request.extract().http().has_headers();
  Observation observation(
      *this, std::make_shared<Tap>(*std::move(match), headers, request.limit(), context_.box));
  co_return co_await observation.run(writer);
}

TapService::TapService(const TapServiceContext& context, TapWorkers workers)
    : core_(std::make_unique<Core>(context, std::move(workers))) {}

TapService::~TapService() = default;

void TapService::serve(grpc::Methods& methods) {
  methods.stream("/io.linkerd.proxy.tap.Tap/Observe", *core_, &Core::observe);
}

void TapService::end() {
  core_->end();
}

}  // namespace seine::proxy
