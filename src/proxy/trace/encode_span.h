// SPDX-License-Identifier: Apache-2.0
// Spans as a collector takes them. What is not UTF-8 is replaced: protobuf's texts are.
#pragma once

#include <span>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "proxy/trace/span.h"
#include "proxy/trace/trace_config.h"

namespace seine::proxy {

opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest encode_spans(
    const TraceAttributes& resource, std::span<const Span> spans);

}  // namespace seine::proxy
