// SPDX-License-Identifier: Apache-2.0
// Copies bytes both ways between two streams until both sides have finished. A half-close is passed
// on and the other direction goes on; an error on either side resets both, and so does a side that
// is reset after its half-close.
#pragma once

#include "base/result.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::runtime {

// `client_bytes`: what detection has read from the client and the server has not seen. Ends with
// the error of the side that failed; its origin says which (downstream is the client).
Task<Result<void>> forward_tcp(EventLoop& loop, Stream& client, Bytes client_bytes, Stream& server);

}  // namespace seine::runtime
