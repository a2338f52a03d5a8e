// SPDX-License-Identifier: Apache-2.0
#include "control/telemetry/read_window.h"

#include <utility>

#include "control/telemetry/telemetry_limits.h"
#include "runtime/combine.h"

namespace seine::control {

namespace wire = seine::telemetry::v1;

runtime::Task<Result<wire::ReadResponse>> read_window(runtime::EventLoop& loop,
                                                      const TelemetryWindow& window,
                                                      WindowQuestion question) {
  const WallTime now = loop.clock().wall_now();
  wire::ReadResponse out;
  std::optional<WindowSpan> span;
  if (question.last) {
    const auto asked = window.span(*question.last, now);
    if (!asked) co_return fail(Error(asked.error()));
    span = *asked;
    encode_time(span->from, *out.mutable_from());
  }
  encode_time(span ? span->to : now, *out.mutable_to());
  out.set_cluster(window.cluster());
  std::size_t size = 0;
  for (const SourceId& id : window.sources(question.ns, question.workload)) {
    wire::Source source;
    if (!window.read(id, span, source)) continue;
    size += source.ByteSizeLong();
    if (size > kMaxReadBytes) {
      co_return fail(ErrorCode::kLimit,
                     "the answer would be over 64 MiB; ask for one namespace or workload");
    }
    *out.add_sources() = std::move(source);
    co_await runtime::yield(loop);
  }
  co_return out;
}

}  // namespace seine::control
