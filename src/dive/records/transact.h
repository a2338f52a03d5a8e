// SPDX-License-Identifier: Apache-2.0
// A piece of work in one transaction: committed if it succeeds, done again whole where it crossed
// another one. One that only reads has a kind of its own, for which nobody who writes is waited.
#pragma once

#include <cstdint>
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

enum class Access : std::uint8_t { kRead, kWrite };

template <class T, class... Parameters, class... Arguments>
runtime::Task<Result<T>> transact_once(sql::Database& database, Access access,
                                       Work<T, Parameters...> work, const Arguments&... arguments) {
  auto transaction =
      co_await (access == Access::kRead ? database.begin_reading() : database.begin());
  if (!transaction) co_return fail(std::move(transaction.error()));
  Result<T> done = co_await work(**transaction, arguments...);
  if (!done || access == Access::kRead) co_return done;
  auto committed = co_await (*transaction)->commit();
  if (!committed) co_return fail(std::move(committed.error()));
  co_return done;
}

template <class T, class... Parameters, class... Arguments>
runtime::Task<Result<T>> transact_as(runtime::EventLoop& loop, sql::Database& database,
                                     Access access, Work<T, Parameters...> work,
                                     Arguments... arguments) {
  for (int attempt = 1;; ++attempt) {
    Result<T> done = co_await transact_once<T>(database, access, work, arguments...);
    if (done || !worth_trying_again(done.error(), attempt)) co_return done;
    co_await runtime::sleep_for(loop, pause_after(attempt));
  }
}

}  // namespace detail

// `work` takes the transaction, and a copy of the arguments each time.
template <class T, class... Parameters, class... Arguments>
runtime::Task<Result<T>> transact(runtime::EventLoop& loop, sql::Database& database,
                                  runtime::Task<Result<T>> (*work)(sql::Transaction&,
                                                                   Parameters...),
                                  Arguments... arguments) {
  co_return co_await detail::transact_as<T>(loop, database, detail::Access::kWrite, work,
                                            std::move(arguments)...);
}

// The same of work that writes nothing: it sees one moment of the database, and goes on while
// another process writes, for however long.
template <class T, class... Parameters, class... Arguments>
runtime::Task<Result<T>> transact_reading(runtime::EventLoop& loop, sql::Database& database,
                                          runtime::Task<Result<T>> (*work)(sql::Transaction&,
                                                                           Parameters...),
                                          Arguments... arguments) {
  co_return co_await detail::transact_as<T>(loop, database, detail::Access::kRead, work,
                                            std::move(arguments)...);
}

}  // namespace seine::dive
