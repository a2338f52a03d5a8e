// SPDX-License-Identifier: Apache-2.0
#include "dive/api/owner_api.h"

#include <string>
#include <utility>

#include "dive/store/slot.h"
#include "json/fields.h"
#include "json/writer.h"

namespace seine::dive {

using web::Call;
using web::Reply;

void OwnerApi::serve(web::Router& router) {
  using web::handler;
  router.add("POST", "/api/v1/join-tokens", handler<&OwnerApi::make_join_token>(*this));
}

OwnerApi::Answer OwnerApi::make_join_token(const Call& call) {
  const auto value = json::parse(call.body);
  if (!value) co_return fail(Error(value.error()).with_context("the body"));
  json::Fields fields(*value, "");
  std::string cluster = fields.text_or("cluster", "");
  if (auto done = fields.finish(); !done) co_return fail(std::move(done.error()));
  const WallTime expires = loop_.clock().wall_now() + kJoinTokenLife;
  auto token = co_await credentials_.make_join_token(std::move(cluster));
  if (!token) co_return fail(std::move(token.error()));
  json::Writer out;
  out.begin_object().key("token").string(*token);
  out.key("expires_ms").integer(to_milliseconds(expires)).end_object();
  co_return Reply{.status = 201, .json = std::move(out).take()};
}

}  // namespace seine::dive
