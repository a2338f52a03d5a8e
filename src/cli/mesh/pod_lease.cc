// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/pod_lease.h"

#include <chrono>
#include <utility>

#include "grpc/status.h"
#include "runtime/combine.h"

namespace seine::cli {

namespace api = seine::registry::v1;
using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr Duration kRenewEvery = 1s;
constexpr Duration kJoinAgain = 100ms;
// Longer than the longest pause before `seine up` starts the controller again.
constexpr Duration kJoinPatience = 20s;

api::Protocol wire_protocol(PortProtocol protocol) {
  switch (protocol) {
    case PortProtocol::kDetect: return api::DETECT;
    case PortProtocol::kHttp1: return api::HTTP1;
    case PortProtocol::kHttp2: return api::HTTP2;
    case PortProtocol::kGrpc: return api::GRPC;
    case PortProtocol::kOpaque: return api::OPAQUE;
    case PortProtocol::kTls: return api::TLS;
  }
  return api::DETECT;
}

void set_now(const Clock& clock, google::protobuf::Timestamp& out) {
  const auto now = clock.wall_now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  out.set_seconds(seconds.count());
  out.set_nanos(static_cast<std::int32_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now - seconds).count()));
}

}  // namespace

// The controller may just be starting again.
Task<Result<void>> PodLease::join() {
  const TimePoint given_up = loop_.now() + kJoinPatience;
  bool is_told = false;
  for (;;) {
    auto joined = co_await join_as(nullptr);
    if (joined || joined.error().code != ErrorCode::kUnavailable || loop_.now() > given_up) {
      co_return joined;
    }
    if (!std::exchange(is_told, true)) {
      log_warn(log_, "waiting for the controller", {{"reason", joined.error().to_string()}});
    }
    co_await runtime::sleep_for(loop_, kJoinAgain);
  }
}

Task<Result<void>> PodLease::join_as(const api::Pod* claim) {
  api::CreateJoinTokenRequest wanted;
  wanted.set_namespace_(options_.mesh_namespace);
  wanted.set_workload(options_.name);
  auto token = co_await registry_.call<api::CreateJoinTokenResponse>("CreateJoinToken", wanted);
  if (!token) co_return fail(std::move(token.error()));
  api::JoinRequest request;
  request.set_token(token->token());
  request.set_namespace_(options_.mesh_namespace);
  request.set_workload(options_.name);
  request.set_service(options_.service);
  request.set_version(options_.version);
  for (const auto& [key, value] : options_.labels) (*request.mutable_labels())[key] = value;
  for (const DeclaredPort& port : options_.ports) {
    api::Port& declared = *request.add_ports();
    declared.set_number(port.number);
    declared.set_protocol(wire_protocol(port.protocol));
  }
  for (const model::DeclaredRoute& route : options_.routes) {
    request.add_routes(model::to_text(route));
  }
  for (const PublishedPort& port : options_.publish) request.add_published(port.target);
  if (claim != nullptr) *request.mutable_claim() = *claim;
  set_now(loop_.clock(), *request.mutable_now());
  auto joined = co_await registry_.call<api::JoinResponse>("Join", std::move(request));
  if (!joined) co_return fail(std::move(joined.error()));
  joined_ = *std::move(joined);
  if (joined_.has_clock_skew()) warn_of_skew(joined_.clock_skew());
  co_return Result<void>();
}

void PodLease::warn_of_skew(const google::protobuf::Duration& skew) {
  if (std::exchange(skew_told_, true)) return;
  log_warn(log_, "this clock and the controller's differ; certificates may not be accepted",
           {{"by", format_duration(std::chrono::seconds(skew.seconds()))}});
}

Task<Result<std::string>> PodLease::issue_token() {
  api::IssueTokenRequest request;
  request.set_lease(joined_.lease());
  request.set_secret(joined_.secret());
  auto issued = co_await registry_.call<api::IssueTokenResponse>("IssueToken", request);
  if (!issued) co_return fail(std::move(issued.error()));
  co_return std::move(*issued->mutable_token());
}

Task<void> PodLease::keep(std::function<Facts()> facts,
                          std::function<void(const std::string&)> on_token) {
  for (;;) {
    api::RenewRequest request;
    request.set_lease(joined_.lease());
    request.set_secret(joined_.secret());
    const Facts now = facts();
    for (const std::uint16_t port : now.listening) request.add_listening(port);
    request.set_proxy_ready(now.proxy_ready);
    set_now(loop_.clock(), *request.mutable_now());
    const auto renewed = co_await registry_.call<api::RenewResponse>("Renew", request);
    if (!renewed) {
      if (!std::exchange(is_away_, true)) {
        log_warn(log_, "the controller is away; the pod goes on",
                 {{"reason", renewed.error().to_string()}});
      }
    } else if (!renewed->known()) {
      const api::Pod was = joined_.pod();
      const auto again = co_await join_as(&was);
      if (again) {
        log_info(log_, "joined the mesh again as the same pod", {{"pod", was.name()}});
      } else {
        log_warn(log_, "the lease was lost, and the mesh cannot be joined again yet",
                 {{"pod", was.name()}, {"reason", again.error().to_string()}});
      }
    } else {
      if (std::exchange(is_away_, false)) log_info(log_, "the controller is back");
      if (renewed->has_clock_skew()) warn_of_skew(renewed->clock_skew());
      if (renewed->token_due()) {
        if (const auto token = co_await issue_token()) on_token(*token);
      }
    }
    struct Local {
      static Task<int> second(runtime::EventLoop& loop) {
        co_await runtime::sleep_for(loop, kRenewEvery);
        co_return 0;
      }
      static Task<int> hurry(runtime::Waker& hurried) {
        co_await hurried.wait();
        co_return 0;
      }
    };
    co_await runtime::race(Local::second(loop_), Local::hurry(hurried_));
  }
}

Task<void> PodLease::say_goodbye(bool gone) {
  api::LeaveRequest request;
  request.set_lease(joined_.lease());
  request.set_secret(joined_.secret());
  request.set_gone(gone);
  request.mutable_wait()->set_seconds(4);  // less than a call may take
  const auto left = co_await registry_.call<api::LeaveResponse>("Leave", request);
  if (!left) {
    log_warn(log_, "the mesh could not be told goodbye; it finds out by itself within 5 s",
             {{"reason", left.error().to_string()}});
  } else if (left->not_told() > 0) {
    log_warn(log_, "not all proxies know yet that this pod goes",
             {{"not_told", std::to_string(left->not_told())}});
  }
}

Task<void> PodLease::leave() {
  co_await say_goodbye(false);
}

Task<void> PodLease::gone() {
  co_await say_goodbye(true);
}

}  // namespace seine::cli
