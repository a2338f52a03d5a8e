// SPDX-License-Identifier: Apache-2.0
#include "proxy/serve_http.h"

#include "base/check.h"
#include "http/http1_server.h"
#include "http/http2_server.h"

namespace seine::proxy {

namespace {

http::Http2Options server_http2_options(WorkerContext& context, const Http2Config& config) {
  http::Http2Options options;
  options.initial_stream_window = config.stream_window;
  options.initial_connection_window = config.connection_window;
  options.adaptive_windows = config.adaptive_windows;
  options.max_frame_size = config.max_frame_size;
  options.max_concurrent_streams = config.max_concurrent_streams;
  options.max_header_list_bytes = config.max_header_list_size;
  options.stall_timeout = context.config.http2_stall_timeout;
  if (config.keepalive_interval > Duration::zero()) {
    options.keepalive_interval = config.keepalive_interval;
    options.keepalive_timeout = config.keepalive_timeout;
  }
  return options;
}

}  // namespace

[[clang::coro_wrapper]] runtime::Task<Result<void>> serve_http(
    WorkerContext& context, const SideConfig& side, runtime::Stream& stream,
    runtime::Bytes already_read, Detected protocol, http::Service& service) {
  SEINE_CHECK(protocol == Detected::kHttp1 || protocol == Detected::kHttp2, "not HTTP");
  const Direction direction =
      &side == &context.config.inbound ? Direction::kInbound : Direction::kOutbound;
  http::Offences& offences = context.telemetry.offences.of(context.core, direction);
  if (protocol == Detected::kHttp2) {
    http::Http2Options options = server_http2_options(context, side.http2_server);
    options.offences = &offences;
    return http::serve_http2(context.loop, stream, std::move(already_read), service, context.drain,
                             options);
  }
  // No limit between requests: an application's patience is its own affair.
  return http::serve_http1(context.loop, stream, std::move(already_read), service, context.drain,
                           {.header_timeout = context.config.http1_head_timeout,
                            .may_begin_late = true,
                            .offences = &offences});
}

}  // namespace seine::proxy
