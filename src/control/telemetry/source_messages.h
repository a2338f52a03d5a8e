// SPDX-License-Identifier: Apache-2.0
// Between sources and the messages they are read and kept by. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "control/telemetry/source.h"

namespace google::protobuf {
class Timestamp;
}  // namespace google::protobuf
namespace seine::telemetry::v1 {
class Source;
}  // namespace seine::telemetry::v1

namespace seine::control {

// Buckets that ended within (from, to].
struct WindowSpan {
  WallTime from;
  WallTime to;
};

void encode_time(WallTime time, google::protobuf::Timestamp& out);
void encode_reporter(const ReporterFacts& reporter, seine::telemetry::v1::Source& out);
// All that is of the span; without one, all that was ever counted.
void encode_source(const Source& source, const std::optional<WindowSpan>& span, bool running,
                   seine::telemetry::v1::Source& out);

// A source's file: the SHA-256 of what follows, then a KeptSource.
std::string encode_kept(const Source& source);
// Error kInvalidArgument for a damaged one.
Result<std::unique_ptr<Source>> decode_kept(std::string_view file, TableBudgets& budgets);

}  // namespace seine::control
