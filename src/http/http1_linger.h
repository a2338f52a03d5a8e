// SPDX-License-Identifier: Apache-2.0
// How an HTTP/1 server's connection ends, so that the client sees the last answer and not a reset.
#pragma once

#include "http/http1_deadline.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"
#include "runtime/stream_writer.h"
#include "runtime/task.h"

namespace seine::http {

// How long a closing connection still reads. Only time bounds it: a client may have to send all of
// a body before it looks for the answer.
inline constexpr Duration kLingerTimeout = std::chrono::seconds(1);

// Flushes and shuts down; where the client `may_send` still, reads on for kLingerTimeout, since to
// close at once would reset the connection under an answer the client has not read yet. `deadline`
// wakes `waker`. All outlive the task.
runtime::Task<void> close_http1(runtime::EventLoop& loop, runtime::Stream& stream,
                                runtime::StreamWriter& writer, runtime::Waker& waker,
                                Deadline& deadline, bool may_send);

}  // namespace seine::http
