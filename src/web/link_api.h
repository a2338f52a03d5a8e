// SPDX-License-Identifier: Apache-2.0
// POST /api/v1/links, for the owner's programs alone: {"path": "/sign-in?link=..."} that signs in
// as who asked. One loop.
#pragma once

#include "base/result.h"
#include "runtime/task.h"
#include "web/router.h"
#include "web/sessions.h"

namespace seine::web {

class LinkApi {
 public:
  // `sessions` outlives it.
  explicit LinkApi(Sessions& sessions) : sessions_(sessions) {}
  // A router that only an OwnerListener serves.
  void serve(Router& router);

 private:
  runtime::Task<Result<Reply>> make_link(const Call& call);

  Sessions& sessions_;
};

}  // namespace seine::web
