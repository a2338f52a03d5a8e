// SPDX-License-Identifier: Apache-2.0
// A piece of work in one transaction: committed if it succeeds, done again whole where it crossed
// another one.
#pragma once

#include <utility>

#include "base/result.h"
#include "dive/store/try_again.h"
#include "runtime/combine.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

namespace detail {

template <class T, class... Parameters>
using Work = runtime::Task<Result<T>> (*)(sql::Transaction&, Parameters...);

template <class T, class... Parameters, class... Arguments>
runtime::Task<Result<T>> transact_once(sql::Database& database, Work<T, Parameters...> work,
                                       const Arguments&... arguments) {
  auto transaction = co_await database.begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  Result<T> done = co_await work(**transaction, arguments...);
  if (!done) co_return done;
  auto committed = co_await (*transaction)->commit();
  if (!committed) co_return fail(std::move(committed.error()));
  co_return done;
}

}  // namespace detail

// `work` takes the transaction, and a copy of the arguments each time.
template <class T, class... Parameters, class... Arguments>
runtime::Task<Result<T>> transact(runtime::EventLoop& loop, sql::Database& database,
                                  runtime::Task<Result<T>> (*work)(sql::Transaction&,
                                                                   Parameters...),
                                  Arguments... arguments) {
  for (int attempt = 1;; ++attempt) {
    Result<T> done = co_await detail::transact_once<T>(database, work, arguments...);
    if (done || !worth_trying_again(done.error(), attempt)) co_return done;
    co_await runtime::sleep_for(loop, pause_after(attempt));
  }
}

}  // namespace seine::dive
