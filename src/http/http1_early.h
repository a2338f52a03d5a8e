// SPDX-License-Identifier: Apache-2.0
// Http1EarlyWriter: informational heads on their way to a client of HTTP/1.1.
#pragma once

#include <cstddef>

#include "http/message.h"
#include "runtime/stream_writer.h"

namespace seine::http {

// Of one exchange; `writer` outlives it.
class Http1EarlyWriter final : public EarlyHeads {
 public:
  explicit Http1EarlyWriter(runtime::StreamWriter& writer) : writer_(writer) {}
  void on_early_head(ResponseHead head) override;

 private:
  runtime::StreamWriter& writer_;
  std::size_t left_ = kMax;
};

}  // namespace seine::http
