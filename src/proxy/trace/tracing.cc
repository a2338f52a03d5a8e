// SPDX-License-Identifier: Apache-2.0
#include "proxy/trace/tracing.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"
#include "base/file.h"

namespace seine::proxy {

namespace {

constexpr std::size_t kMaxAttributesFile = 256 * 1024;

const TraceConfig& config_of(const Config& config) {
  SEINE_CHECK(config.trace.has_value(), "traces that nobody asked for");
  return config.trace->own;
}

}  // namespace

Tracing::Tracing(runtime::EventLoop& loop, const Log& log, const Config& config)
    : loop_(loop), log_(log), config_(config_of(config)), box_(loop) {}

void Tracing::start(const grpc::Channel& channel) {
  // What the file says first, so that the environment has the last word.
  TraceAttributes resource;
  if (!config_.attributes_path.empty()) {
    if (const auto text = read_file(config_.attributes_path, kMaxAttributesFile)) {
      resource = parse_attribute_lines(*text);
    } else {
      log_warn(log_, "spans go without LINKERD2_PROXY_TRACE_ATTRIBUTES_PATH",
               {{"error", text.error().to_string()}});
    }
  }
  std::ranges::copy(config_.attributes, std::back_inserter(resource));
  exporter_.emplace(loop_, log_, channel, box_, config_.interval, std::move(resource));
  exporter_->start();
}

runtime::Task<void> Tracing::finish() {
  if (exporter_) co_await exporter_->finish();
}

void Tracing::write(metrics::TextWriter& writer) const {
  if (exporter_) exporter_->write(writer);
}

}  // namespace seine::proxy
