// SPDX-License-Identifier: Apache-2.0
// A request that the access log will tell of.
#pragma once

#include <string_view>

#include "proxy/exchange_watch.h"
#include "proxy/inbound/client_facts.h"
#include "proxy/worker_context.h"

namespace seine::proxy {

// Watches the request that has come from `client`, as it came. Off where there is no access log:
// that costs a comparison.
ExchangeWatch watch_for_access_log(const WorkerContext& context, const ClientFacts& client,
                                   const http::RequestHead& head);

}  // namespace seine::proxy
