// SPDX-License-Identifier: Apache-2.0
#include "dns/forwarder.h"

#include <utility>

#include "runtime/combine.h"

namespace seine::dns {
namespace {

using runtime::Task;

// What we ask for an asker: its question, and of the rest only what changes the answer. Options of
// EDNS0 are between it and us.
Message onward(const Message& query) {
  Message out;
  out.id = random_id();
  out.recursion_desired = true;
  out.checking_disabled = query.checking_disabled;
  out.questions = query.questions;
  if (query.edns) out.edns = Edns{.flags = query.edns->flags};
  return out;
}

bool may_know_no_better(const Result<Reply>& reply) {
  return reply && reply->message.rcode != Rcode::kServFail &&
         reply->message.rcode != Rcode::kRefused;
}

}  // namespace

Task<Result<Reply>> UpstreamForwarder::forward(const Message& query) {
  Result<Reply> reply = fail(ErrorCode::kUnavailable, "no DNS server is configured");
  for (const SocketAddr& server : config_.servers) {
    auto next = co_await ask(onward(query), server);
    // A refusal says more than the silence of a later server.
    if (next || !reply) reply = std::move(next);
    if (may_know_no_better(reply)) break;
  }
  co_return reply;
}

Task<Result<Reply>> UpstreamForwarder::ask(Message query, SocketAddr server) {
  auto reply = co_await runtime::with_deadline(loop_, config_.timeout, ErrorCode::kTimeout,
                                               "no DNS answer", exchange_udp(loop_, query, server));
  if (reply && reply->message.truncated) {
    query.id = random_id();
    reply =
        co_await runtime::with_deadline(loop_, config_.timeout, ErrorCode::kTimeout,
                                        "no DNS answer by TCP", exchange_tcp(loop_, query, server));
  }
  if (!reply) co_return fail(std::move(reply.error()).with_context(server.to_string()));
  co_return reply;
}

std::vector<std::uint8_t> relay_reply(const Message& query, const Reply& reply, std::size_t limit) {
  std::vector<std::uint8_t> bytes;
  if (reply.bytes.size() <= limit) {
    // Its bytes, not its value built again: data of types we do not know may hold compressed names.
    bytes = reply.bytes;
  } else {
    Message cut = reply.message;
    cut.answers.clear();
    cut.authorities.clear();
    cut.additionals.clear();
    cut.truncated = true;
    bytes = build_message(cut, limit).bytes;
  }
  bytes[0] = static_cast<std::uint8_t>(query.id >> 8);
  bytes[1] = static_cast<std::uint8_t>(query.id & 0xff);
  return bytes;
}

}  // namespace seine::dns
