// SPDX-License-Identifier: Apache-2.0
// Opens connections to endpoints: TCP, mutual TLS where discovery named an identity, a transport
// header where the peer's proxy wants one. The connect timeout spans all three.
#pragma once

#include <memory>

#include "http/http2_options.h"
#include "model/endpoint.h"
#include "proxy/transport_header.h"
#include "proxy/worker_context.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::proxy {

// Errors: kConnect..., kTls..., kLoop, kIdentityRequired (no certificate of ours yet); all with
// origin upstream and retryable, since nothing of the client's was sent.
runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect_endpoint(
    WorkerContext& context, const model::Endpoint& endpoint, SessionProtocol session);

// The metric labels of what goes through `endpoint`. `authority` may be empty.
EndpointLabels endpoint_labels(const WorkerContext& context, const model::Endpoint& endpoint,
                               std::string authority);

// The endpoint as it is spoken to: an address of this very workload is plain and has no hints.
model::Endpoint localized(const WorkerContext& context, model::Endpoint endpoint);

// Client settings: from the environment, or what discovery said of this endpoint.
http::Http2Options client_http2_options(const Config& config, const model::Endpoint& endpoint);

}  // namespace seine::proxy
