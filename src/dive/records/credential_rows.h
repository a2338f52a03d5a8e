// SPDX-License-Identifier: Apache-2.0
// Who may speak for a cluster, in the database: join tokens, by their digests, and keys.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "dive/api/cluster_sink.h"
#include "runtime/task.h"
#include "sql/database.h"

namespace seine::dive {

// As ClusterBook has them, each in a transaction.
runtime::Task<Result<std::optional<JoinTokenRow>>> find_token(sql::Transaction& transaction,
                                                              crypto::Sha256 digest);
// Error kLimit beyond kMaxJoinTokens.
runtime::Task<Result<void>> add_token(sql::Transaction& transaction, crypto::Sha256 digest,
                                      JoinTokenRow token);
runtime::Task<Result<void>> bind_key(sql::Transaction& transaction, crypto::Sha256 digest,
                                     std::string cluster, std::string public_key, WallTime now);
runtime::Task<Result<std::optional<std::string>>> find_key(sql::Transaction& transaction,
                                                           std::string cluster);
// Tokens that nobody has used and that are over, and those that have been for kTokenKeptFor.
runtime::Task<Result<void>> forget_tokens(sql::Transaction& transaction, WallTime now);

}  // namespace seine::dive
