// SPDX-License-Identifier: Apache-2.0
// What only the owner's programs may ask of Dive, over owner.sock: tokens by which clusters join.
// One loop.
#pragma once

#include "base/result.h"
#include "dive/api/agent_credentials.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "web/router.h"

namespace seine::dive {

class OwnerApi {
 public:
  // All outlive it.
  OwnerApi(runtime::EventLoop& loop, AgentCredentials& credentials)
      : loop_(loop), credentials_(credentials) {}
  void serve(web::Router& router);

 private:
  using Answer = runtime::Task<Result<web::Reply>>;
  Answer make_join_token(const web::Call& call);

  runtime::EventLoop& loop_;
  AgentCredentials& credentials_;
};

}  // namespace seine::dive
