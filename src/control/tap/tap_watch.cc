// SPDX-License-Identifier: Apache-2.0
#include "control/tap/tap_watch.h"

#include <algorithm>
#include <array>

#include "control/tap/redact.h"
#include "runtime/event_loop.h"

namespace seine::control {

namespace wire = seine::tap::v1;
namespace proxy = io::linkerd::proxy::tap;

namespace {

struct Alarm final : runtime::TimerNode {
  explicit Alarm(runtime::Waker& w) : waker(w) {}
  void on_timer() override { waker.on_wake(); }
  runtime::Waker& waker;
};

std::optional<IpAddress> ip_of(const io::linkerd::proxy::net::TcpAddress& addr) {
  if (addr.ip().ip_case() == io::linkerd::proxy::net::IPAddress::kIpv4) {
    return IpAddress::v4(addr.ip().ipv4());
  }
  if (addr.ip().ip_case() != io::linkerd::proxy::net::IPAddress::kIpv6) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<std::uint8_t>(addr.ip().ipv6().first() >> (56 - 8 * i));
    bytes[8 + i] = static_cast<std::uint8_t>(addr.ip().ipv6().last() >> (56 - 8 * i));
  }
  return IpAddress::v6(bytes).unmapped();
}

void name_peer(const Snapshot& snapshot, const io::linkerd::proxy::net::TcpAddress& addr,
               wire::Peer& out) {
  const auto ip = ip_of(addr);
  if (!ip) return;
  const PodRef ref = snapshot.find_pod(*ip);
  if (ref.pod == nullptr) return;
  out.set_namespace_(ref.workload->ns);
  out.set_pod(ref.pod->name);
  out.set_workload_kind(ref.workload->kind);
  out.set_workload(ref.workload->name);
  out.set_service_account(ref.workload->service_account);
}

proxy::TapEvent::Http::StreamId id_of(const proxy::TapEvent::Http& http) {
  if (http.has_request_init()) return http.request_init().id();
  if (http.has_response_init()) return http.response_init().id();
  return http.response_end().id();
}

}  // namespace

TapWatch::TapWatch(const TapServiceContext& context, const TapWish& wish, std::string caller)
    : context_(context),
      wish_(wish),
      caller_(std::move(caller)),
      events_(context.loop, kMaxEvents),
      scene_{.loop = context.loop,
             .certificate = context.certificate,
             .wish = wish,
             .events = events_} {
  if (wish.duration) ends_ = context.loop.now() + *wish.duration;
  // Whoever looks at others' requests leaves a trace, at any level that says anything.
  log_warn(context_.log, "a tap begins",
           {{"caller", caller_},
            {"target", wish_.target.to_string()},
            {"to", wish_.to ? wish_.to->to_string() : "*"},
            {"path", wish_.path_prefix},
            {"headers", wish_.headers ? "shown" : "left out"},
            {"secrets", wish_.show_secrets ? "shown" : "redacted"}});
}

TapWatch::~TapWatch() {
  log_info(context_.log, "a tap ends",
           {{"caller", caller_},
            {"target", wish_.target.to_string()},
            {"requests", std::to_string(requests_)}});
}

void TapWatch::follow_pods() {
  std::shared_ptr<const Snapshot> now = context_.source.current();
  if (now == followed_) return;
  followed_ = std::move(now);
  std::vector<TapPod> wanted = select_pods(context_.names, *followed_, wish_.target);
  if (wanted.size() > kMaxTapPods) wanted.resize(kMaxTapPods);
  scene_.pods = wanted.size();
  std::erase_if(
      pods_, [&](const auto& known) { return !std::ranges::binary_search(wanted, known.first); });
  for (TapPod& pod : wanted) {
    if (pods_.contains(pod)) continue;
    auto tap = std::make_unique<PodTap>(scene_, pod);
    pods_.emplace(std::move(pod), std::move(tap));
  }
}

bool TapWatch::admit(const proxy::TapEvent& event) {
  const bool begins = event.http().has_request_init();
  if (wish_.limit == 0) {
    requests_ += begins ? 1 : 0;
    return true;
  }
  const auto wire_id = id_of(event.http());
  const StreamId id{wire_id.base(), wire_id.stream()};
  if (!begins) {
    if (!open_.contains(id)) return false;
    if (event.http().has_response_end()) open_.erase(id);
    return true;
  }
  if (requests_ >= wish_.limit) return false;
  open_.insert(id);
  if (++requests_ == wish_.limit) {
    const TimePoint latest = context_.loop.now() + kLinger;
    ends_ = ends_ ? std::min(*ends_, latest) : latest;
  }
  return true;
}

bool TapWatch::is_done() const {
  if (ends_ && context_.loop.now() >= *ends_) return true;
  return wish_.limit > 0 && requests_ >= wish_.limit && open_.empty();
}

void TapWatch::finish_event(wire::Tapped& tapped) const {
  if (!wish_.show_secrets) redact(*tapped.mutable_event());
  name_peer(*followed_, tapped.event().source(), *tapped.mutable_source());
  name_peer(*followed_, tapped.event().destination(), *tapped.mutable_destination());
}

runtime::Task<grpc::Status> TapWatch::run(grpc::Writer<wire::WatchEvent>& writer) {
  runtime::Waker waker(context_.loop);
  ChangeNotifier::Watch change;
  runtime::Signal::Watch drain;
  Alarm alarm(waker);
  context_.drain.arm(drain, waker);
  for (;;) {
    context_.source.changes().arm(change, waker);
    follow_pods();
    while (auto event = events_.try_receive()) {
      if (event->has_tapped()) {
        if (!admit(event->tapped().event())) continue;
        finish_event(*event->mutable_tapped());
      }
      co_await writer.write(*event);
      if (is_done()) co_return grpc::Status();
    }
    if (is_done()) co_return grpc::Status();
    if (context_.drain.fired()) {
      co_return grpc::Status{grpc::StatusCode::kUnavailable, "the controller is about to end"};
    }
    if (ends_) context_.loop.add_timer_at(alarm, *ends_);
    events_.arm_receive(waker);
    co_await waker.wait();
  }
}

}  // namespace seine::control
