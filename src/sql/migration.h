// SPDX-License-Identifier: Apache-2.0
// A step of a schema's history. Once released, a migration is never changed, only followed by
// another; there is no way back but a backup.
#pragma once

#include <string_view>
#include <vector>

namespace seine::sql {

// One statement, in words of both databases or of each. An empty text: nothing to do there.
struct Change {
  // NOLINTNEXTLINE(google-explicit-constructor): a list of statements reads as one.
  Change(std::string_view both) : sqlite(both), postgres(both) {}
  Change(const char* both) : Change(std::string_view(both)) {}
  Change(std::string_view for_sqlite, std::string_view for_postgres)
      : sqlite(for_sqlite), postgres(for_postgres) {}
  std::string_view sqlite;
  std::string_view postgres;
};

// The texts outlive it.
struct Migration {
  int number;             // 1, 2, 3, ...
  std::string_view name;  // kept in the database, to tell one history from another
  std::vector<Change> changes;
};

}  // namespace seine::sql
