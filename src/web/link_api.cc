// SPDX-License-Identifier: Apache-2.0
#include "web/link_api.h"

#include <string>
#include <utility>

#include "json/writer.h"

namespace seine::web {

void LinkApi::serve(Router& router) {
  router.add("POST", "/api/v1/links", handler<&LinkApi::make_link>(*this));
}

runtime::Task<Result<Reply>> LinkApi::make_link(const Call& call) {
  json::Writer out;
  out.begin_object().key("path").string("/sign-in?link=" + sessions_.make_link(call.user));
  out.end_object();
  co_return Reply{.status = 201, .json = std::move(out).take()};
}

}  // namespace seine::web
