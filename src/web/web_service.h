// SPDX-License-Identifier: Apache-2.0
// A dashboard as browsers see it: pages, a JSON API, and a door. One loop.
//
//   GET  /sign-in?link=...   opens a link that Sessions made: the cookie, and 303 to /
//   POST /sign-out           ends the session of the cookie: 204
//   *    /api/...            the router; who is not signed in gets 401
//   GET  anything else       a file of the pages, or index.html for paths that only they know
//
// Everything passes the Guard first, and every answer has its headers. Pages need no session: they
// hold nothing, and it is them who tell a stranger how to sign in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/log.h"
#include "http/message.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "web/api_caller.h"
#include "web/assets.h"
#include "web/cookie.h"
#include "web/guard.h"
#include "web/router.h"
#include "web/sessions.h"
#include "web/web_metrics.h"

namespace seine::web {

class WebService final : public http::Service {
 public:
  struct Parts {
    runtime::EventLoop& loop;
    const Log& log;
    const Guard& guard;
    const CookieStyle& cookie;
    const Assets& assets;
    Sessions& sessions;
    Router& router;
    WebMetrics& metrics;
  };
  // All of them outlive it and its calls.
  explicit WebService(Parts parts)
      : parts_(parts), caller_(parts.loop, parts.log, parts.router, parts.metrics) {}

  runtime::Task<Result<http::Response>> call(http::Request request) override;

 private:
  runtime::Task<http::Response> answer(http::Request& request);
  runtime::Task<Reply> answer_api(http::Request& request, Target target);
  http::Response answer_page(const http::RequestHead& head, const Target& target);
  http::Response sign_in(const http::RequestHead& head, const Target& target);
  // As a page for a browser, as JSON for a program.
  http::Response not_signed_in(const http::RequestHead& head, std::string_view reason,
                               const Error& error, std::string_view hint);
  Reply sign_out(const http::RequestHead& head);
  // The value of our cookie; empty where there is none.
  std::string_view cookie_in(const http::RequestHead& head) const;
  Reply refused(std::string_view reason, Reply reply);

  const Parts parts_;
  ApiCaller caller_;
};

}  // namespace seine::web
