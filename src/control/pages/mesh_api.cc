// SPDX-License-Identifier: Apache-2.0
#include "control/pages/mesh_api.h"

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "control/pages/mesh_json.h"
#include "control/registry/registry_messages.h"
#include "control/telemetry/read_window.h"
#include "control/telemetry/telemetry_limits.h"
#include "json/writer.h"

namespace seine::control {

using web::Call;
using web::Reply;

namespace {

constexpr std::chrono::minutes kUsualSpan{1};
constexpr std::chrono::seconds kShortestAsked{15};

Result<Duration> asked_span(const web::Query& query) {
  const auto last = query.get("last");
  if (!last) return kUsualSpan;
  const auto span = parse_duration(*last);
  if (span && *span >= kShortestAsked && *span <= kTelemetryWindow) return span;
  return fail(ErrorCode::kInvalidArgument, "last is a time from 15s to 10m, such as 1m");
}

}  // namespace

void MeshApi::serve(web::Router& router) {
  using web::handler;
  router.add("GET", "/api/v1/session", handler<&MeshApi::session>(*this));
  router.add("GET", "/api/v1/mesh", handler<&MeshApi::mesh>(*this));
}

MeshApi::Answer MeshApi::session(const Call& call) {
  json::Writer out;
  out.begin_object().key("user").string(call.user).key("version").string(version_);
  out.key("can_edit").boolean(false).key("serves").string("mesh").end_object();
  co_return Reply{.json = std::move(out).take()};
}

MeshApi::Answer MeshApi::mesh(const Call& call) {
  const auto span = asked_span(call.query);
  if (!span) co_return fail(Error(span.error()));
  const auto window = co_await read_window(loop_, window_, {.last = *span});
  if (!window) co_return fail(Error(window.error()));
  const auto edges_window = co_await read_window(loop_, window_, {.last = kTelemetryWindow});
  if (!edges_window) co_return fail(Error(edges_window.error()));
  // After the counts: whoever has counted is there, or has gone meanwhile.
  seine::registry::v1::ListResponse list;
  encode_list(leases_.scope().cluster, leases_.leases(), *leases_.current(), leases_.scope(), list);
  co_return Reply{.json = mesh_json(list, *window, *edges_window, loop_.clock().wall_now())};
}

}  // namespace seine::control
