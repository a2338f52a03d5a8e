// SPDX-License-Identifier: Apache-2.0
// What objectives and pages ask: the counts of a service or a workload over a span of time, as its
// callers and as it itself saw them, in blocks or still pending, each once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "dive/store/counts.h"
#include "dive/store/plan.h"
#include "dive/store/retention.h"
#include "dive/store/series.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

struct CountQuestion {
  enum class About : std::uint8_t {
    kService,   // what was sent to a service: the callers' view and the servers'
    kWorkload,  // what a workload served: its callers' view and its own
    kCalls,     // what a workload sent
    kAll,       // everything of the cluster; the name is of no use
  };
  About about = About::kService;
  std::string ns;
  std::string name;
  SeriesKind kind = SeriesKind::kHttp;
  // Of slots that ended within (from, to].
  WallTime from;
  WallTime to;
  Detail detail = Detail::kFinest;
};

// A slot, and what was counted in it.
struct CountedSlot {
  WallTime end;
  Duration length{};
  Counts counts;
};
struct CountedSeries {
  std::int64_t id = 0;
  Series series;
  std::vector<CountedSlot> slots;  // ascending; none in which nothing was counted
};

// How much of a workload's life was measured.
struct CoveredSlot {
  WallTime end;
  Duration length{};
  Duration measured{};  // of all its instances, added up
  Duration redated{};   // of that, dated by us
  Duration expected{};  // the life of its pods; 0 where none is known
};
struct CoveredWorkload {
  std::string ns;
  std::string kind;
  std::string name;
  std::vector<CoveredSlot> slots;  // ascending; none in which nothing was measured or expected
};

struct CountAnswer {
  std::vector<Piece> pieces;             // what was read, from what is kept
  std::vector<CountedSeries> series;     // of which something was counted in the span
  std::vector<CoveredWorkload> covered;  // those that report any of the series
  WallTime complete_until{};  // all proxies have told what ended by then; 1970: not known
};

class CountQuery {
 public:
  // The database and the retention outlive it.
  CountQuery(runtime::EventLoop& loop, sql::Database& database, const Retention& retention)
      : loop_(loop), database_(database), retention_(retention) {}

  // Errors: kLimit where it is about more than an answer takes; those of the database.
  runtime::Task<Result<CountAnswer>> ask(std::int64_t cluster, CountQuestion question);

 private:
  runtime::Task<Result<CountAnswer>> ask_once(std::int64_t cluster, CountQuestion question);

  runtime::EventLoop& loop_;
  sql::Database& database_;
  const Retention& retention_;
};

}  // namespace seine::dive
