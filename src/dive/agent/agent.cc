// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/agent.h"

#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/base64.h"
#include "crypto/random.h"
#include "dive/agent/agent_limits.h"
#include "dive/agent/wire_time.h"
#include "runtime/combine.h"

namespace seine::dive {

namespace wire = ::dive::v1;

namespace {

constexpr std::size_t kEventIdOctets = 16;
constexpr std::chrono::milliseconds kDrainLook{20};

std::minstd_rand::result_type make_seed() {
  std::minstd_rand::result_type seed = 0;
  for (const char octet : crypto::random_octets(4)) {
    seed = seed << 8 | static_cast<unsigned char>(octet);
  }
  return seed;
}

}  // namespace

Result<Agent::Outboxes> Agent::open(const AgentSettings& settings, const Log& log) {
  const std::string folder = settings.folder + "/outbox";
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, folder + " cannot be made");
  }
  Outboxes out;
  struct Wanted {
    std::unique_ptr<Outbox>& outbox;
    const char* name;
    journal::Limits limits;
  };
  for (Wanted& each : std::array<Wanted, 4>{{{out.metrics, "metrics", settings.metric_outbox},
                                             {out.workloads, "workloads", kStateOutbox},
                                             {out.services, "services", kStateOutbox},
                                             {out.events, "events", kEventOutbox}}}) {
    auto opened = Outbox::open(folder + "/" + each.name, each.limits, log);
    if (!opened) return fail(std::move(opened.error()));
    each.outbox = *std::move(opened);
  }
  return out;
}

Result<std::unique_ptr<Agent>> Agent::start(runtime::EventLoop& loop, const Log& log,
                                            Dialer& dialer, const crypto::PrivateKey& key,
                                            MetricsSource& metrics, WorkloadSource& workloads,
                                            AgentSettings settings) {
  auto outboxes = open(settings, log);
  if (!outboxes) return fail(std::move(outboxes.error()));
  return std::unique_ptr<Agent>(new Agent(loop, log, dialer, key, metrics, workloads,
                                          std::move(settings), *std::move(outboxes)));
}

Agent::Agent(runtime::EventLoop& loop, const Log& log, Dialer& dialer,
             const crypto::PrivateKey& key, MetricsSource& metrics, WorkloadSource& workloads,
             AgentSettings settings, Outboxes outboxes)
    : loop_(loop),
      log_(log),
      metrics_(metrics),
      workloads_(workloads),
      cluster_(settings.link.cluster),
      version_(settings.link.agent_version),
      random_(make_seed()),
      outboxes_(std::move(outboxes)),
      link_(loop, log, dialer, key, random_, watched(std::move(settings.link))),
      metric_delivery_(loop, log, *outboxes_.metrics, link_, random_, "AddMetric",
                       Delivery::Shape::kStream),
      workload_delivery_(loop, log, *outboxes_.workloads, link_, random_, "DeploymentStream",
                         Delivery::Shape::kStream),
      service_delivery_(loop, log, *outboxes_.services, link_, random_, "ServiceStream",
                        Delivery::Shape::kStream),
      event_delivery_(loop, log, *outboxes_.events, link_, random_, "AddEvent",
                      Delivery::Shape::kCalls),
      reading_(loop, [](Error) {}) {
  tell_start();
  reading_.spawn(read_metrics());
  reading_.spawn(read_workloads());
}

LinkOptions Agent::watched(LinkOptions link) {
  link.on_lost = [this, then = std::move(link.on_lost)] {
    is_lost_ = true;
    if (then) then();
  };
  link.on_joined = [this, then = std::move(link.on_joined)] {
    if (std::exchange(is_lost_, false)) tell_again();
    if (then) then();
  };
  return link;
}

void Agent::tell_again() {
  if (teller_.told() == nullptr) return;
  teller_.forget_workloads();
  teller_.forget_services();
  // What cannot be told now goes with the next change.
  note(hears_workloads_, "workloads", tell(ClusterState(*teller_.told())));
}

void Agent::tell_start() {
  wire::AddEventRequest request;
  wire::ClusterEvent& event = *request.mutable_event();
  event.set_id("agent.started." + encode_base64url(crypto::random_octets(kEventIdOctets)));
  event.set_kind("agent.started");
  encode_time(loop_.clock().wall_now(), *event.mutable_at());
  event.set_summary("The agent of cluster " + cluster_ + " started, version " + version_);
  const auto put = outboxes_.events->put(request);
  if (!put) log_error(log_, "an event is lost", {{"reason", put.error().to_string()}});
}

void Agent::note(std::optional<bool>& hears, std::string_view what, const Result<void>& heard) {
  if (std::exchange(hears, heard.has_value()) == heard.has_value()) return;
  if (heard) {
    log_info(log_, "the cluster is heard", {{"what", std::string(what)}});
  } else {
    log_warn(log_, "the cluster is not heard; it keeps its counts meanwhile",
             {{"what", std::string(what)}, {"reason", heard.error().to_string()}});
  }
}

runtime::Task<void> Agent::read_metrics() {
  Backoff backoff(random_, kShortestBackoff, kLongestBackoff);
  for (;;) {
    const auto ended = co_await read_batches(backoff);
    note(hears_metrics_, "counts", ended);
    co_await runtime::sleep_for(loop_, backoff.next());
  }
}

runtime::Task<Result<void>> Agent::read_batches(Backoff& backoff) {
  FeedPosition acknowledged;
  for (;;) {
    co_await wait_for_room();
    auto batch = co_await metrics_.next(outboxes_.metrics->source());
    if (!batch) co_return fail(std::move(batch.error()));
    note(hears_metrics_, "counts", {});
    backoff.reset();
    wire::MetricMessage message;
    for (wire::CountedBucket& bucket : batch->buckets) *message.add_buckets() = std::move(bucket);
    if (batch->complete_until) {
      encode_time(*batch->complete_until, *message.mutable_complete_until());
    }
    const auto put = outboxes_.metrics->put(message, batch->position);
    // Asked again, the source begins where the outbox ends.
    if (!put) co_return fail(put.error());
    if (acknowledged == batch->position) continue;
    auto told = co_await metrics_.acknowledge(batch->position);
    if (!told) co_return told;
    acknowledged = batch->position;
  }
}

runtime::Task<void> Agent::wait_for_room() {
  runtime::Waker waker(loop_);
  while (!outboxes_.metrics->has_room()) {
    outboxes_.metrics->arm_room(waker);
    co_await waker.wait();
  }
}

runtime::Task<void> Agent::read_workloads() {
  Backoff backoff(random_, kShortestBackoff, kLongestBackoff);
  for (;;) {
    const auto state = co_await workloads_.next();
    auto told = state ? tell(*state) : fail(state.error());
    // The source tells nothing twice.
    while (!told && state && told.error().code == ErrorCode::kUnavailable) {
      note(hears_workloads_, "workloads", told);
      co_await runtime::sleep_for(loop_, backoff.next());
      told = tell(*state);
    }
    note(hears_workloads_, "workloads", told);
    if (told) {
      backoff.reset();
    } else {
      co_await runtime::sleep_for(loop_, backoff.next());
    }
  }
}

Result<void> Agent::tell(const ClusterState& state) {
  if (state.cluster != cluster_) {
    return fail(ErrorCode::kInvalidConfig, "this agent is of cluster " + cluster_ +
                                               ", and its controller of " + state.cluster);
  }
  // Where messages had to be dropped for these, all is told once more.
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::uint64_t dropped = 0;
    const StateNews news = teller_.tell(state);
    for (const wire::DeploymentMessage& message : news.workloads) {
      const auto put = outboxes_.workloads->put(message);
      if (!put || *put > 0) teller_.forget_workloads();
      if (!put) return fail(put.error());
      dropped += *put;
    }
    for (const wire::ServiceMessage& message : news.services) {
      const auto put = outboxes_.services->put(message);
      if (!put || *put > 0) teller_.forget_services();
      if (!put) return fail(put.error());
      dropped += *put;
    }
    if (dropped == 0) break;
  }
  return {};
}

runtime::Task<int> Agent::drain() {
  reading_.cancel();
  const TimePoint until = loop_.now() + kDrainTime;
  const auto waiting = [this] {
    return outboxes_.metrics->waiting() + outboxes_.workloads->waiting() +
           outboxes_.services->waiting() + outboxes_.events->waiting();
  };
  while (waiting() > 0 && loop_.now() < until) co_await runtime::sleep_for(loop_, kDrainLook);
  if (waiting() > 0) {
    log_info(log_, "what Dive has not acknowledged is kept for the next start",
             {{"messages", std::to_string(waiting())}});
  }
  co_return 0;
}

}  // namespace seine::dive
