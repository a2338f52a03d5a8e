// SPDX-License-Identifier: Apache-2.0
// /api/v1/events: what happened, and what people tell of it. One loop.
#pragma once

#include <chrono>

#include "base/result.h"
#include "dive/api/event_draft.h"
#include "dive/records/records.h"
#include "dive/store/turns.h"
#include "dive/views/dive_views.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "web/router.h"

namespace seine::dive {

class EventsApi {
 public:
  // All outlive it. `kept`: for how long events are, after they ended.
  EventsApi(runtime::EventLoop& loop, Records& records, DiveViews& views, std::chrono::hours kept)
      : loop_(loop), records_(records), views_(views), kept_(kept), turns_(loop) {}
  void serve(web::Router& router);

 private:
  using Answer = runtime::Task<Result<web::Reply>>;
  Answer list(const web::Call& call);
  Answer show(const web::Call& call);
  Answer add(const web::Call& call);
  Answer begin(const web::Call& call);
  Answer conclude(const web::Call& call);
  Answer comment(const web::Call& call);
  // About `target`; error kNotFound where nobody has seen it, and nothing was told of it or of what
  // it has inside either.
  runtime::Task<Result<EventListView>> find_about(EventTarget target, EventQuestion question);
  // Whether anything is kept that happened to it or inside, and not only to what it is in.
  runtime::Task<Result<bool>> has_events_inside(EventTarget target);
  // Of what is named without a cluster.
  std::string usual_cluster() const;
  // The event as it became, once it is kept.
  Answer keep(Result<ProcessEvent> event);
  // Of one that has been kept: nothing is read, so that nothing can make a failure of it.
  web::Reply answer_kept(const ProcessEvent& event, std::uint16_t status) const;
  // Now, earlier or later, as it says.
  Result<ProcessEvent> make_event(ToldEvent told, const Deed& deed) const;
  runtime::Task<Result<ProcessEvent>> find(std::string text);
  WallTime now() const { return loop_.clock().wall_now(); }

  runtime::EventLoop& loop_;
  Records& records_;
  DiveViews& views_;
  const std::chrono::hours kept_;
  Turns turns_;
};

}  // namespace seine::dive
