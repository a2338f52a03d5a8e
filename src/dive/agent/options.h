// SPDX-License-Identifier: Apache-2.0
// What seine-dive-agent is told: flags, and SEINE_DIVE_AGENT_* variables of the same names
// (SEINE_DIVE_AGENT_STATE_DIR for --state-dir). A flag wins over its variable. The token to join by
// is no flag, since those are seen by all: it is in a file, or in SEINE_DIVE_AGENT_JOIN_TOKEN.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"

namespace seine::dive {

struct AgentOptions {
  std::string version;  // of the program
  std::string cluster = "local";
  std::string dive_host;  // a name or an address
  std::uint16_t dive_port = 0;
  std::string feed_socket;
  std::string state_dir;
  std::string join_token_file;  // may be empty
  SocketAddr admin_listen;
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kPlain;

  std::string authority() const;
};

// What --help and --version ask to be printed instead.
struct Printed {
  std::string text;
};

// Error kInvalidConfig, one sentence naming the flag.
Result<std::variant<AgentOptions, Printed>> parse_agent_options(int argc, const char* const* argv,
                                                                std::string_view version);

}  // namespace seine::dive
