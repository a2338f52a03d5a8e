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
#include "dive/store/exemplars.h"
#include "dive/store/plan.h"
#include "dive/store/pods.h"
#include "dive/store/retention.h"
#include "dive/store/series.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

struct CountQuestion {
  enum class About : std::uint8_t {
    kService,   // what was sent to a service, or to `workloads` without saying to which service:
                // the callers' view and the servers'
    kWorkload,  // what a workload served: its callers' view and its own
    kCalls,     // what a workload sent
    kAll,       // everything of the cluster; the name is of no use
  };
  About about = About::kService;
  std::string ns;
  std::string name;
  // Those that answer, as the catalog knows. How much of them was measured is told even if they
  // counted nothing: a proxy that is silent must not look like a service without requests.
  std::vector<WorkloadId> workloads;
  SeriesKind kind = SeriesKind::kHttp;
  // Of slots that ended within (from, to].
  WallTime from;
  WallTime to;
  Detail detail = Detail::kFinest;
  // So much of the span's end, and what is left of its first hour, is read at the finest whatever
  // the detail: what is recent must not be a whole hour.
  Duration finest_for{};
  // Each series has one slot a piece, in which all of it is added up: for tables of sums, which
  // would otherwise hold a mesh's whole hour.
  bool summed = false;
  // Leaves out what servers counted of callers with a proxy, since those have counted it as well:
  // half of a mesh's series.
  bool each_request_once = false;
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
  std::vector<Piece> pieces;  // what was read, from what is kept
  // Of which something was counted in the span, each once. With those that a question is about come
  // the overflow series of who reports them as a caller: they may be about it as well.
  std::vector<CountedSeries> series;
  // Those that report any of the series, and those the question names; of kAll all there are.
  // Never summed.
  std::vector<CoveredWorkload> covered;
  WallTime complete_until{};  // all proxies have told what ended by then; 1970: not known
};

class CountQuery {
 public:
  // The database and the retention outlive it.
  CountQuery(runtime::EventLoop& loop, sql::Database& database, const Retention& retention)
      : loop_(loop), database_(database), retention_(retention) {}

  // Errors: kLimit where it is about more than an answer takes; those of the database.
  runtime::Task<Result<CountAnswer>> ask(std::int64_t cluster, CountQuestion question);

  // All proxies of the cluster have told what ended by then; 1970: not known.
  runtime::Task<Result<WallTime>> complete_until(std::int64_t cluster);

  // Examples of requests of these series that ended within (from, to], of each series the newest
  // kMaxExemplarsOfSeries at most. In no order. Errors: kDatabaseCorrupt; those of the database.
  runtime::Task<Result<std::vector<KeptExemplar>>> exemplars(std::int64_t cluster,
                                                             std::vector<std::int64_t> series,
                                                             WallTime from, WallTime to);

 private:
  runtime::Task<Result<CountAnswer>> ask_once(std::int64_t cluster, CountQuestion question);

  runtime::EventLoop& loop_;
  sql::Database& database_;
  const Retention& retention_;
};

}  // namespace seine::dive
