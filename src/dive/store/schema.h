// SPDX-License-Identifier: Apache-2.0
// The tables of Dive's database. Keys begin with the cluster where a row is of one. Times are
// milliseconds since 1970 unless a name says otherwise.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sql/migration.h"

namespace seine::dive {

// Migrations of all of Dive, in order. Released ones are never changed.
std::span<const sql::Migration> migrations();

// What a backup holds: every table that is not made from others, with its columns, of which the
// first `keys` are the primary key.
struct Table {
  std::string_view name;
  std::vector<std::string_view> columns;
  std::size_t keys;
  std::size_t since = 1;  // the migration that makes it
};
std::span<const Table> tables();

}  // namespace seine::dive
