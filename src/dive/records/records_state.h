// SPDX-License-Identifier: Apache-2.0
// What records are made of; StoreSink writes into it.
#pragma once

#include "dive/records/catalog_keeper.h"
#include "dive/records/doubts.h"
#include "dive/records/event_book.h"
#include "dive/records/objective_keeper.h"
#include "dive/records/records.h"

namespace seine::dive {

struct Records::State final : Settler {
  State(runtime::EventLoop& loop, Store& store)
      : loop(loop),
        store(store),
        catalogs(loop, store, doubts),
        objectives(loop, store, doubts),
        events(loop, store, catalogs),
        doubts(loop, *this) {}

  runtime::Task<Result<void>> settle(std::int64_t cluster) override {
    if (cluster == kNoCluster) co_return co_await objectives.settle();
    co_return co_await catalogs.settle(cluster);
  }

  runtime::EventLoop& loop;
  Store& store;
  CatalogKeeper catalogs;
  ObjectiveKeeper objectives;
  EventBook events;
  Doubts doubts;  // last: what it does in the background is about the others
};

}  // namespace seine::dive
