// SPDX-License-Identifier: Apache-2.0
// From a request to its handler and back: the body is read, the handler asked, and what failed is
// told. Who may is decided before. One loop.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/log.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "web/router.h"
#include "web/target.h"
#include "web/web_limits.h"
#include "web/web_metrics.h"

namespace seine::web {

class ApiCaller {
 public:
  // All of them outlive it and its calls.
  ApiCaller(runtime::EventLoop& loop, const Log& log, Router& router, WebMetrics& metrics,
            std::size_t max_body = kMaxBody)
      : loop_(loop), log_(log), router_(router), metrics_(metrics), max_body_(max_body) {}

  std::optional<Router::Match> find(const http::RequestHead& head, const Target& target) const {
    return router_.find(head.method, target);
  }
  // `match` is what find() gave for the same target. Who asks to change the protocol is refused: no
  // body would come before the answer.
  runtime::Task<Reply> answer(http::Request request, std::optional<Router::Match> match,
                              Target target, std::string user);

 private:
  runtime::EventLoop& loop_;
  const Log& log_;
  Router& router_;
  WebMetrics& metrics_;
  const std::size_t max_body_;
};

}  // namespace seine::web
