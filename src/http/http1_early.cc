// SPDX-License-Identifier: Apache-2.0
#include "http/http1_early.h"

#include <string>

#include "http/http1_write.h"

namespace seine::http {

void Http1EarlyWriter::on_early_head(ResponseHead head) {
  if (left_ == 0) return;
  --left_;
  std::string text;
  if (append_response_head(text, head, {}, {}, Version::kHttp11, ConnectionOption::kNone)) {
    writer_.write(text);
  }
}

}  // namespace seine::http
