// SPDX-License-Identifier: Apache-2.0
// One question to one server, and its answer. Each leaves from a random port; only what answers
// that question under its id, from the server asked, counts, and anything else is passed over.
// No retry and no timeout: those belong to whoever asks. The query outlives the task.
#pragma once

#include <cstdint>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "dns/message.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dns {

struct Reply {
  Message message;
  std::vector<std::uint8_t> bytes;  // the same as it came, for whoever passes it on
};

// An id that nobody can foresee.
std::uint16_t random_id();

// May come truncated (Message::truncated). Errors: kConnectRefused where nobody listens there,
// else what the socket says.
runtime::Task<Result<Reply>> exchange_udp(runtime::EventLoop& loop, const Message& query,
                                          SocketAddr server);
// Over a connection of its own. Also error kProtocol: the server answered something else.
runtime::Task<Result<Reply>> exchange_tcp(runtime::EventLoop& loop, const Message& query,
                                          SocketAddr server);

}  // namespace seine::dns
