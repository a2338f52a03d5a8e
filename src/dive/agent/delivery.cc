// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/delivery.h"

#include <algorithm>
#include <utility>

#include "dive/agent/agent_limits.h"
#include "runtime/combine.h"

namespace seine::dive {

namespace wire = ::dive::v1;

namespace {

std::unexpected<Error> out_of_order(std::string why) {
  return fail(make_error(ErrorCode::kProtocol, std::move(why)).from(ErrorOrigin::kUpstream));
}

}  // namespace

Delivery::Delivery(runtime::EventLoop& loop, const Log& log, Outbox& outbox, DiveLink& link,
                   std::minstd_rand& random, std::string method, Shape shape)
    : loop_(loop),
      log_(log),
      outbox_(outbox),
      link_(link),
      method_(std::move(method)),
      shape_(shape),
      backoff_(random, kShortestBackoff, kLongestBackoff),
      scope_(loop, [](Error) {}) {
  scope_.spawn(run());
}

runtime::Task<void> Delivery::run() {
  for (;;) {
    const std::shared_ptr<DiveLink::Session> session = co_await link_.session();
    const std::uint64_t before = outbox_.acknowledged();
    ++counts_.attempts;
    const auto ended = co_await (shape_ == Shape::kStream ? stream(*session) : call_all(*session));
    const Error error =
        ended ? make_error(ErrorCode::kEof, "Dive ended the stream") : ended.error();
    if (grpc::status_code(error) == grpc::StatusCode::kUnauthenticated) link_.refuse(*session);
    log_debug(log_, "what Dive was told has to be told again",
              {{"method", method_},
               {"waiting", std::to_string(outbox_.waiting())},
               {"reason", error.to_string()}});
    if (outbox_.acknowledged() > before) backoff_.reset();
    co_await runtime::sleep_for(loop_, backoff_.next());
  }
}

runtime::Task<Result<void>> Delivery::stream(DiveLink::Session& session) {
  grpc::CallOptions options = session.call_options();
  grpc::RawDuplex duplex = session.channel.raw_duplex("/dive.v1.Cluster/" + method_, options);
  std::vector<SentEpoch> sent;
  // Whichever ends first ends the stream.
  auto ended = co_await runtime::race(receive_all(duplex, sent), send_all(duplex, sent));
  if (ended.index() == 0) co_return std::get<0>(std::move(ended));
  co_return std::get<1>(std::move(ended));
}

runtime::Task<Result<void>> Delivery::send_all(grpc::RawDuplex& duplex,
                                               std::vector<SentEpoch>& sent) {
  Outbox::Reader reader(outbox_);
  for (;;) {
    const auto entry = reader.next();
    if (!entry) {
      co_await wait_for_more(reader.after());
      continue;
    }
    if (sent.empty() || sent.back().epoch != entry->epoch) {
      co_await wait_for_place(sent);
      sent.push_back({.epoch = entry->epoch, .before_first = entry->before_first});
    }
    sent.back().last = entry->position;
    if (!co_await duplex.send(with_envelope(*entry, loop_.clock().wall_now()))) break;
    ++counts_.sent;
  }
  // The other half learns why.
  runtime::Waker never(loop_);
  co_await never.wait();
  co_return Result<void>();
}

runtime::Task<void> Delivery::wait_for_place(std::vector<SentEpoch>& sent) {
  if (sent.size() < kMaxEpochsUnderWay) co_return;
  runtime::Waker waker(loop_);
  while (outbox_.acknowledged() < sent.front().last) {
    outbox_.arm_acknowledged(waker);
    co_await waker.wait();
  }
  sent.erase(sent.begin());
}

runtime::Task<void> Delivery::wait_for_more(std::uint64_t read) {
  runtime::Waker waker(loop_);
  while (outbox_.last() <= read) {
    outbox_.arm_added(waker);
    co_await waker.wait();
  }
}

runtime::Task<Result<void>> Delivery::receive_all(grpc::RawDuplex& duplex,
                                                  std::vector<SentEpoch>& sent) {
  for (;;) {
    auto bytes = co_await duplex.next();
    if (!bytes) co_return fail(std::move(bytes.error()));
    if (!*bytes) co_return Result<void>();
    wire::Acknowledgement acknowledgement;
    if (!acknowledgement.ParseFromString(**bytes)) {
      co_return out_of_order("Dive's acknowledgement does not parse");
    }
    auto taken = take(acknowledgement, sent);
    if (!taken) co_return taken;
  }
}

Result<void> Delivery::take(const wire::Acknowledgement& acknowledgement,
                            const std::vector<SentEpoch>& sent) {
  const auto epoch = std::ranges::find(sent, acknowledgement.epoch(), &SentEpoch::epoch);
  if (epoch == sent.end()) return out_of_order("Dive acknowledges what it was not sent");
  // Nothing of the epoch, as Dive may say at first, is what was before it.
  const std::uint64_t position = epoch->before_first + acknowledgement.sequence();
  if (acknowledgement.sequence() > epoch->last - epoch->before_first) {
    return out_of_order("Dive acknowledges more than it was sent");
  }
  if (!acknowledgement.refused().empty()) refuse(position, acknowledgement.refused());
  outbox_.acknowledge(position);
  backoff_.reset();
  return {};
}

void Delivery::refuse(std::uint64_t position, const std::string& why) {
  ++counts_.refused;
  log_error(log_, "Dive does not take a message: it is lost",
            {{"method", method_}, {"position", std::to_string(position)}, {"reason", why}});
}

runtime::Task<Result<void>> Delivery::call_all(DiveLink::Session& session) {
  for (;;) {
    Outbox::Reader reader(outbox_);
    const auto entry = reader.next();
    if (!entry) {
      co_await wait_for_more(reader.after());
      if (!session.client.usable()) co_return Result<void>();
      continue;
    }
    wire::AddEventRequest request;
    if (!request.ParseFromString(with_envelope(*entry, loop_.clock().wall_now()))) {
      refuse(entry->position, "it does not parse");
      outbox_.acknowledge(entry->position);
      continue;
    }
    grpc::CallOptions options = session.call_options();
    options.deadline = Duration(kCallTimeout);
    ++counts_.sent;
    const auto answer = co_await session.channel.unary<wire::Acknowledgement>(
        "/dive.v1.Cluster/" + method_, request, std::move(options));
    const bool is_refused =
        !answer && grpc::status_code(answer.error()) == grpc::StatusCode::kInvalidArgument;
    if (!answer && !is_refused) co_return fail(answer.error());
    if (is_refused) refuse(entry->position, answer.error().message);
    if (answer && !answer->refused().empty()) refuse(entry->position, answer->refused());
    outbox_.acknowledge(entry->position);
    backoff_.reset();
  }
}

}  // namespace seine::dive
