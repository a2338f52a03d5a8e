// SPDX-License-Identifier: Apache-2.0
// The one server of a test binary.
#pragma once

#include <string>

#include "sql/testing/postgres_server.h"

namespace seine::sql::testing {

// Started when first asked for, ended with the process. CHECKs that it starts.
PostgresServer& shared_server();
// A new, empty database of it; its URL.
std::string make_database();

}  // namespace seine::sql::testing
