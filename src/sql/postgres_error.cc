// SPDX-License-Identifier: Apache-2.0
#include "sql/postgres_error.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace seine::sql {

namespace {

struct Meaning {
  std::string_view prefix;  // of an SQLSTATE; the first that fits counts
  ErrorCode code;
  bool retryable;
  std::string_view advice;
};

constexpr std::array kMeanings = {
    // A statement that was given another number of parameters.
    Meaning{"08P01", ErrorCode::kInvalidArgument, false, ""},
    Meaning{"08", ErrorCode::kUnavailable, false, "is the server running?"},
    Meaning{"22", ErrorCode::kInvalidArgument, false, ""},
    Meaning{"23", ErrorCode::kConstraint, false, ""},
    Meaning{"25006", ErrorCode::kUnavailable, false,
            "the server only reads; name the one that writes"},
    Meaning{"25P03", ErrorCode::kTimeout, false, ""},
    Meaning{"28", ErrorCode::kInvalidConfig, false, "check user and password of the URL"},
    Meaning{"3D000", ErrorCode::kInvalidConfig, false, "create it, or name another"},
    // A plan made before a migration; the connection is made anew.
    Meaning{"0A000", ErrorCode::kUnavailable, true, ""},
    Meaning{"26000", ErrorCode::kUnavailable, true, ""},
    Meaning{"40", ErrorCode::kDatabaseBusy, true, "try the whole transaction again"},
    Meaning{"42501", ErrorCode::kInvalidConfig, false, "grant it to the user of the URL"},
    Meaning{"42", ErrorCode::kInvalidArgument, false, ""},
    Meaning{"53100", ErrorCode::kDatabaseFull, false, "make room on the server's disk"},
    Meaning{"53", ErrorCode::kUnavailable, true, "the server is out of connections or memory"},
    Meaning{"54", ErrorCode::kLimit, false, ""},
    Meaning{"55P03", ErrorCode::kDatabaseBusy, true, "see who holds the lock"},
    Meaning{"57014", ErrorCode::kTimeout, false, ""},
    Meaning{"57", ErrorCode::kUnavailable, true, "the server ends or starts"},
    Meaning{"58", ErrorCode::kUnavailable, false, "see the server's log and disk"},
    Meaning{"XX001", ErrorCode::kDatabaseCorrupt, false,
            "stop, keep a copy of the data, and restore a backup"},
    Meaning{"XX002", ErrorCode::kDatabaseCorrupt, false,
            "stop, keep a copy of the data, and restore a backup"},
};

}  // namespace

Error postgres_error(std::string_view state, std::string_view said) {
  const auto* meaning = std::find_if(kMeanings.begin(), kMeanings.end(), [state](const Meaning& m) {
    return state.starts_with(m.prefix);
  });
  std::string message = "database: " + one_line(said);
  if (meaning == kMeanings.end()) {
    return make_error(ErrorCode::kInternal, message + " (" + std::string(state) + ")");
  }
  if (!meaning->advice.empty()) message.append("; ").append(meaning->advice);
  Error error = make_error(meaning->code, std::move(message));
  error.retryable = meaning->retryable;
  return error;
}

bool ends_connection(std::string_view state) {
  return (state.starts_with("08") && state != "08P01") || state.starts_with("57P") ||
         state == "0A000" || state == "26000" || state == "25P03";
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != '\t') {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace seine::sql
