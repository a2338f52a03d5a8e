// SPDX-License-Identifier: Apache-2.0
#include "dive/api/pages_api.h"

#include <utility>

#include "dive/api/asked_span.h"
#include "dive/views/view_json.h"
#include "json/writer.h"

namespace seine::dive {

using web::Call;
using web::Reply;

namespace {

template <class View>
Result<Reply> show(const Result<View>& view) {
  if (!view) return fail(Error(view.error()));
  return Reply{.json = to_json(*view)};
}

ServiceRef service_of(const Call& call) {
  return {.cluster = call.parameter("cluster"),
          .ns = call.parameter("namespace"),
          .name = call.parameter("name")};
}

}  // namespace

void PagesApi::serve(web::Router& router) {
  using web::handler;
  const std::string service = "/api/v1/services/{cluster}/{namespace}/{name}";
  router.add("GET", "/api/v1/session", handler<&PagesApi::session>(*this));
  router.add("GET", "/api/v1/dashboard", handler<&PagesApi::dashboard>(*this));
  router.add("GET", "/api/v1/clusters", handler<&PagesApi::clusters>(*this));
  router.add("GET", service, handler<&PagesApi::service>(*this));
  router.add("GET", service + "/charts", handler<&PagesApi::charts>(*this));
}

PagesApi::Answer PagesApi::session(const Call& call) {
  json::Writer out;
  out.begin_object().key("user").string(call.user).key("version").string(version_);
  out.key("can_edit").boolean(true).end_object();
  co_return Reply{.json = std::move(out).take()};
}

PagesApi::Answer PagesApi::dashboard(const Call& call) {
  const auto span = asked_span(call.query, loop_.clock().wall_now());
  if (!span) co_return fail(Error(span.error()));
  co_return show(co_await views_.dashboard(*span));
}

PagesApi::Answer PagesApi::service(const Call& call) {
  const auto span = asked_span(call.query, loop_.clock().wall_now());
  if (!span) co_return fail(Error(span.error()));
  co_return show(co_await views_.service(service_of(call), *span));
}

PagesApi::Answer PagesApi::charts(const Call& call) {
  const auto span = asked_span(call.query, loop_.clock().wall_now());
  if (!span) co_return fail(Error(span.error()));
  co_return show(co_await views_.charts(service_of(call), *span));
}

PagesApi::Answer PagesApi::clusters(const Call&) {
  co_return Reply{.json = clusters_json(views_.clusters())};
}

}  // namespace seine::dive
