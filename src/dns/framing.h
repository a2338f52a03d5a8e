// SPDX-License-Identifier: Apache-2.0
// DNS messages on a stream (RFC 1035 4.2.2): two bytes of length, then the message. Neither end
// waits for ever here; whoever calls wraps these in with_deadline().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::dns {

// The next message. Errors: kEof where the peer closes first, before or within a message; kLimit
// where one is longer than `limit`, of which nothing but the length has been read then.
runtime::Task<Result<std::vector<std::uint8_t>>> read_framed(runtime::EventLoop& loop,
                                                             runtime::Stream& stream,
                                                             std::size_t limit);

// All of `message`, at most kMaxMessageBytes (CHECKed); it outlives the task.
runtime::Task<Result<void>> write_framed(runtime::EventLoop& loop, runtime::Stream& stream,
                                         std::span<const std::uint8_t> message);

}  // namespace seine::dns
