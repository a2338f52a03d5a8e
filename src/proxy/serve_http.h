// SPDX-License-Identifier: Apache-2.0
// Serves a client connection once it is known which HTTP it speaks.
#pragma once

#include "http/message.h"
#include "proxy/detect.h"
#include "proxy/worker_context.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::proxy {

// `protocol` is kHttp1 or kHttp2. Everything outlives the task.
runtime::Task<Result<void>> serve_http(WorkerContext& context, const SideConfig& side,
                                       runtime::Stream& stream, runtime::Bytes already_read,
                                       Detected protocol, http::Service& service);

}  // namespace seine::proxy
