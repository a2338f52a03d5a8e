// SPDX-License-Identifier: Apache-2.0
// /api/v1/objectives: setting, showing, proposing, as files and one by one. One loop.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "dive/api/objective_draft.h"
#include "dive/records/records.h"
#include "dive/store/retention.h"
#include "dive/views/dive_views.h"
#include "dive/zones/zone_folder.h"
#include "json/writer.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "web/router.h"

namespace seine::dive {

class ObjectivesApi {
 public:
  struct Parts {
    runtime::EventLoop& loop;
    const Log& log;
    Records& records;
    DiveViews& views;
    ZoneFolder& zones;
    const Retention& retention;
  };
  // All outlive it.
  explicit ObjectivesApi(Parts parts) : parts_(parts) {}
  void serve(web::Router& router);

 private:
  using Answer = runtime::Task<Result<web::Reply>>;
  Answer list(const web::Call& call);
  Answer show(const web::Call& call);
  Answer evidence(const web::Call& call);
  Answer save(const web::Call& call);
  Answer apply(const web::Call& call);
  Answer propose(const web::Call& call);
  Answer write_file(const web::Call& call);
  Answer remove(const web::Call& call);

  // Whether it can be kept at all: a zone that there is, counts that are kept for long enough.
  Result<void> check(const Objective& objective);
  // Writes its route as counts name it, where it is of one. Error kNotFound of find_route().
  runtime::Task<Result<void>> complete_route(Objective& objective);
  // What keeping it does to what there is.
  struct Change {
    std::string_view action;  // "created", "changed" or "unchanged"
    std::string was;          // the goal there was, where it becomes another
  };
  Change change_by(const Objective& objective) const;
  // Writes an ObjectiveSaved of one that was kept, or would be. One that was kept is answered as
  // such whatever else fails: then how it stands is missing, with a warning.
  runtime::Task<Result<void>> write_saved(json::Writer& out, Objective objective, Change change,
                                          bool is_dry_run);

  const Parts parts_;
};

}  // namespace seine::dive
