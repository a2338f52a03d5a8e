// SPDX-License-Identifier: Apache-2.0
// /api/v1 of what pages show: the dashboard, a service, its charts, clusters, who is signed in. One
// loop.
#pragma once

#include <string>

#include "base/result.h"
#include "dive/views/dive_views.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "web/router.h"

namespace seine::dive {

class PagesApi {
 public:
  // All outlive it. `version` is the program's.
  PagesApi(runtime::EventLoop& loop, DiveViews& views, std::string version)
      : loop_(loop), views_(views), version_(std::move(version)) {}
  void serve(web::Router& router);

 private:
  using Answer = runtime::Task<Result<web::Reply>>;
  Answer session(const web::Call& call);
  Answer dashboard(const web::Call& call);
  Answer service(const web::Call& call);
  Answer charts(const web::Call& call);
  Answer clusters(const web::Call& call);

  runtime::EventLoop& loop_;
  DiveViews& views_;
  const std::string version_;
};

}  // namespace seine::dive
