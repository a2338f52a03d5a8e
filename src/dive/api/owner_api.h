// SPDX-License-Identifier: Apache-2.0
// What only the owner's programs may ask, over owner.sock: links to sign in by, and tokens by which
// clusters join. One loop.
#pragma once

#include "base/result.h"
#include "dive/api/agent_credentials.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "web/router.h"
#include "web/sessions.h"

namespace seine::dive {

class OwnerApi {
 public:
  // All outlive it.
  OwnerApi(runtime::EventLoop& loop, AgentCredentials& credentials, web::Sessions& sessions)
      : loop_(loop), credentials_(credentials), sessions_(sessions) {}
  void serve(web::Router& router);

 private:
  using Answer = runtime::Task<Result<web::Reply>>;
  Answer make_link(const web::Call& call);
  Answer make_join_token(const web::Call& call);

  runtime::EventLoop& loop_;
  AgentCredentials& credentials_;
  web::Sessions& sessions_;
};

}  // namespace seine::dive
