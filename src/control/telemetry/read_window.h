// SPDX-License-Identifier: Apache-2.0
// All that a window holds of a span, as a message.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "control/telemetry/telemetry_window.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::control {

struct WindowQuestion {
  std::optional<Duration> last;  // nothing: all that was ever counted
  std::string ns = {};           // empty: of all
  std::string workload = {};     // likewise
};

// Others have their turn between two sources: there may be thousands. Errors: kInvalidArgument of
// TelemetryWindow::span(); kLimit where the answer would be over kMaxReadBytes. The arguments
// outlive the task.
runtime::Task<Result<seine::telemetry::v1::ReadResponse>> read_window(runtime::EventLoop& loop,
                                                                      const TelemetryWindow& window,
                                                                      WindowQuestion question);

}  // namespace seine::control
