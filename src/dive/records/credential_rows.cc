// SPDX-License-Identifier: Apache-2.0
#include "dive/records/credential_rows.h"

#include <span>
#include <utility>

#include "fmt/format.h"

#include "dive/records/record_messages.h"
#include "dive/records/records_limits.h"
#include "dive/store/slot.h"

namespace seine::dive {

using runtime::Task;

namespace {

sql::Blob blob_of(const crypto::Sha256& digest) {
  const auto bytes = std::as_bytes(std::span(digest));
  return {bytes.begin(), bytes.end()};
}

}  // namespace

Task<Result<std::optional<JoinTokenRow>>> find_token(sql::Transaction& transaction,
                                                     crypto::Sha256 digest) {
  auto rows = co_await transaction.run(
      "SELECT cluster, expires, used_by FROM join_tokens WHERE digest = $1", {blob_of(digest)});
  if (!rows) co_return fail(std::move(rows.error()));
  if (rows->rows.empty()) co_return std::nullopt;
  auto cluster = sql::get<std::string>(rows->rows[0], 0);
  const auto expires = sql::get<std::int64_t>(rows->rows[0], 1);
  const auto used_by = sql::get<sql::Blob>(rows->rows[0], 2);
  if (!cluster || !expires || !used_by) co_return fail(damaged("a join token"));
  co_return JoinTokenRow{.cluster = *std::move(cluster),
                         .expires = from_milliseconds(*expires),
                         .used_by = to_octets(*used_by)};
}

Task<Result<void>> add_token(sql::Transaction& transaction, crypto::Sha256 digest,
                             JoinTokenRow token) {
  auto rows = co_await transaction.run("SELECT count(*) FROM join_tokens");
  if (!rows) co_return fail(std::move(rows.error()));
  const auto count = sql::get<std::int64_t>(rows->rows.at(0), 0);
  if (!count) co_return fail(count.error());
  if (*count >= kMaxJoinTokens) {
    co_return fail(ErrorCode::kLimit,
                   fmt::format("there are {} join tokens, and there may be no more: those that "
                               "are over go within {} days",
                               *count, kTokenKeptFor.count()));
  }
  auto done = co_await transaction.run(
      "INSERT INTO join_tokens (digest, cluster, expires, used_by) VALUES ($1, $2, $3, $4)",
      {blob_of(digest), std::move(token.cluster), to_milliseconds(token.expires),
       to_blob(token.used_by)});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

// Of two keys that come at once one finds the token taken: it waits for the row, or its transaction
// is tried again. A token that was good for any cluster is good for this one from now on. Used
// once, it brings nobody back in whose place another key has come.
Task<Result<void>> bind_key(sql::Transaction& transaction, crypto::Sha256 digest,
                            std::string cluster, std::string public_key, WallTime now) {
  const sql::Blob key = to_blob(public_key);
  auto taken = co_await transaction.run(
      "UPDATE join_tokens SET used_by = $2, cluster = $3 WHERE digest = $1"
      " AND used_by = $4 AND (cluster = $3 OR cluster = '')",
      {blob_of(digest), key, cluster, sql::Blob()});
  if (!taken) co_return fail(std::move(taken.error()));
  if (taken->changed != 1) {
    auto same = co_await transaction.run(
        "SELECT count(*) FROM join_tokens t JOIN cluster_keys k ON k.cluster = t.cluster"
        " WHERE t.digest = $1 AND t.used_by = $2 AND t.cluster = $3 AND k.public_key = $2",
        {blob_of(digest), key, cluster});
    if (!same) co_return fail(std::move(same.error()));
    const auto count = sql::get<std::int64_t>(same->rows.at(0), 0);
    if (!count) co_return fail(count.error());
    if (*count == 1) co_return Result<void>();
    co_return fail(ErrorCode::kUnauthorized,
                   "the token is not known, or another key or cluster was first, or has followed");
  }
  auto done = co_await transaction.run(
      "INSERT INTO cluster_keys (cluster, joined, public_key) VALUES ($1, $2, $3)"
      " ON CONFLICT (cluster) DO UPDATE SET joined = excluded.joined,"
      " public_key = excluded.public_key",
      {std::move(cluster), to_milliseconds(now), key});
  if (!done) co_return fail(std::move(done.error()));
  co_return Result<void>();
}

Task<Result<std::optional<std::string>>> find_key(sql::Transaction& transaction,
                                                  std::string cluster) {
  auto rows = co_await transaction.run("SELECT public_key FROM cluster_keys WHERE cluster = $1",
                                       {std::move(cluster)});
  if (!rows) co_return fail(std::move(rows.error()));
  if (rows->rows.empty()) co_return std::nullopt;
  const auto key = sql::get<sql::Blob>(rows->rows[0], 0);
  if (!key) co_return fail(damaged("the key of a cluster"));
  co_return to_octets(*key);
}

Task<Result<void>> forget_tokens(sql::Transaction& transaction, WallTime now) {
  auto gone = co_await transaction.run(
      "DELETE FROM join_tokens WHERE expires < $1 AND (used_by = $3 OR expires < $2)",
      {to_milliseconds(now), to_milliseconds(now - kTokenKeptFor), sql::Blob()});
  if (!gone) co_return fail(std::move(gone.error()));
  co_return Result<void>();
}

}  // namespace seine::dive
