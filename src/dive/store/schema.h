// SPDX-License-Identifier: Apache-2.0
// The tables of Dive's database. Every key begins with the cluster. Times are milliseconds since
// 1970 unless a name says otherwise.
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
};
std::span<const Table> tables();

}  // namespace seine::dive
