// SPDX-License-Identifier: Apache-2.0
// What PostgreSQL says, in our words, with what to do.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace seine::sql {

// `state` is an SQLSTATE (PostgreSQL 15 manual, appendix A), `said` the primary message.
Error postgres_error(std::string_view state, std::string_view said);
// Whether no further statement can follow on the connection that said it.
bool ends_connection(std::string_view state);
// One line of what libpq says in several.
std::string one_line(std::string_view text);

}  // namespace seine::sql
