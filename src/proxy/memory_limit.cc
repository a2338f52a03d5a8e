// SPDX-License-Identifier: Apache-2.0
#include "proxy/memory_limit.h"

#include "fmt/format.h"

namespace seine::proxy {

using runtime::ByteBudget;

Result<void> admit(ByteBudget* budget, ByteBudget::Shed what) {
  if (budget == nullptr || !budget->is_over()) return {};
  budget->count(what);
  return fail(make_error(ErrorCode::kMemory,
                         fmt::format("buffers hold {} bytes: SEINE_PROXY_MEMORY_LIMIT allows {}",
                                     budget->held(), budget->limit())));
}

void write_budget(const ByteBudget& budget, metrics::TextWriter& writer) {
  writer.single({.name = "seine_buffers_held",
                 .help = "Bytes that wait in buffers of the data path, to within 256 KiB a worker.",
                 .unit = metrics::Unit::kBytes},
                metrics::Kind::kGauge, static_cast<std::int64_t>(budget.held()));
  writer.single({.name = "seine_buffers_limit",
                 .help = "What they may hold before work is shed; 0: without limit.",
                 .unit = metrics::Unit::kBytes},
                metrics::Kind::kGauge, static_cast<std::int64_t>(budget.limit()));
  writer.family({.name = "seine_buffers_shed", .help = "What was given up beyond that."},
                metrics::Kind::kCounter);
  for (std::size_t i = 0; i < ByteBudget::kSheds; ++i) {
    const auto what = static_cast<ByteBudget::Shed>(i);
    writer.sample(fmt::format("what=\"{}\"", ByteBudget::shed_name(what)),
                  static_cast<std::int64_t>(budget.counted(what)));
  }
}

}  // namespace seine::proxy
