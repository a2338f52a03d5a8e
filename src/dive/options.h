// SPDX-License-Identifier: Apache-2.0
// What seine-dive is told: flags, and SEINE_DIVE_* variables of the same names
// (SEINE_DIVE_STATE_DIR for --state-dir). A flag wins over its variable.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "dive/store/retention.h"

namespace seine::dive {

struct ServeOptions {
  std::string version;  // of the program
  std::string state_dir;
  std::string database;  // a URL of PostgreSQL or the path of a file; never empty
  SocketAddr listen;
  SocketAddr web_listen;
  SocketAddr admin_listen;
  std::string owner_socket;  // never empty
  std::string assets;        // the folder of the pages; empty: none are served
  std::vector<std::string> web_hosts;
  Retention retention;
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kPlain;
};

// `seine-dive backup` and `seine-dive restore`.
struct CopyOptions {
  bool is_restore = false;
  std::string database;
  // Where the database is dive.db of this folder, which `restore` makes; else empty.
  std::string state_dir;
  std::string file;
};

// What --help and --version ask to be printed instead.
struct Printed {
  std::string text;
};

using DiveCommand = std::variant<ServeOptions, CopyOptions, Printed>;

// `program_folder` is where the program lies, beside which its pages are found. Error
// kInvalidConfig, one sentence naming the flag.
Result<DiveCommand> parse_dive_options(int argc, const char* const* argv, std::string_view version,
                                       const std::string& program_folder);

}  // namespace seine::dive
