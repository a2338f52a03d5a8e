// SPDX-License-Identifier: Apache-2.0
// SEINE_PROXY_MEMORY_LIMIT: what becomes of new work while the buffers of all workers together hold
// more than it allows (runtime/byte_budget.h).
#pragma once

#include "base/result.h"
#include "metrics/text.h"
#include "runtime/byte_budget.h"

namespace seine::proxy {

// Error kMemory while `budget` is exceeded; then one more of `what` is counted. Null: no budget.
Result<void> admit(runtime::ByteBudget* budget, runtime::ByteBudget::Shed what);

// The gauges seine_buffers_held_bytes and seine_buffers_limit_bytes, and the counter
// seine_buffers_shed_total{what}. Any thread.
void write_budget(const runtime::ByteBudget& budget, metrics::TextWriter& writer);

}  // namespace seine::proxy
