// SPDX-License-Identifier: Apache-2.0
// The only file that sees CLI11.
#include "dive/agent/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <utility>

namespace seine::dive {
namespace {

struct Texts {
  std::string dive;
  std::string admin_listen = "127.0.0.1:9991";
  std::string log_level = "info";
  std::string log_format = "plain";
};

void add_flags(CLI::App& app, Texts& texts, AgentOptions& options) {
  const auto add = [&app](const char* name, std::string& value, const char* help) {
    std::string variable = "SEINE_DIVE_AGENT_";
    for (const char c : std::string_view(name).substr(2)) {
      variable.push_back(c == '-' ? '_' : static_cast<char>(c - 'a' + 'A'));
    }
    return app.add_option(name, value, help)->envname(variable)->capture_default_str();
  };
  add("--dive", texts.dive, "HOST:PORT of Dive, through the mesh");
  add("--cluster", options.cluster, "the name of this agent's cluster");
  add("--feed-socket", options.feed_socket, "out/feed.sock in the registry's directory");
  add("--state-dir", options.state_dir, "the key, and what Dive has not acknowledged");
  add("--join-token-file", options.join_token_file,
      "a file with the one-time token to join Dive by; or SEINE_DIVE_AGENT_JOIN_TOKEN");
  add("--admin-listen", texts.admin_listen, "where /live, /ready and /metrics are served");
  add("--log-level", texts.log_level, "trace, debug, info, warn, error or off");
  add("--log-format", texts.log_format, "plain or json");
}

std::unexpected<Error> bad_flag(std::string_view flag, std::string_view why) {
  return fail(ErrorCode::kInvalidConfig, std::string(flag) + ": " + std::string(why));
}

Result<void> read_dive(const std::string& text, AgentOptions& options) {
  if (text.empty()) return bad_flag("--dive", "is required");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return bad_flag("--dive", "must be HOST:PORT, not \"" + text + "\"");
  }
  options.dive_host = text.substr(0, colon);
  if (options.dive_host.starts_with('[') && options.dive_host.ends_with(']')) {
    options.dive_host = options.dive_host.substr(1, options.dive_host.size() - 2);
  }
  const std::string_view port = std::string_view(text).substr(colon + 1);
  const auto [end, error] =
      std::from_chars(port.data(), port.data() + port.size(), options.dive_port);
  if (error != std::errc() || end != port.data() + port.size() || options.dive_port == 0) {
    return bad_flag("--dive", "has no port from 1 to 65535: \"" + text + "\"");
  }
  return {};
}

Result<void> read_texts(const Texts& texts, AgentOptions& options) {
  auto dive = read_dive(texts.dive, options);
  if (!dive) return dive;
  constexpr std::size_t kMaxName = 63;
  if (options.cluster.empty() || options.cluster.size() > kMaxName) {
    return bad_flag("--cluster", "must have 1 to 63 characters");
  }
  if (options.feed_socket.empty()) return bad_flag("--feed-socket", "is required");
  if (options.state_dir.empty()) return bad_flag("--state-dir", "is required");
  const auto admin = SocketAddr::parse(texts.admin_listen);
  if (!admin) return bad_flag("--admin-listen", admin.error().message);
  options.admin_listen = *admin;
  const auto level = parse_log_filter(texts.log_level);
  if (!level) return bad_flag("--log-level", level.error().message);
  options.log_level = *level;
  if (texts.log_format != "plain" && texts.log_format != "json") {
    return bad_flag("--log-format", "must be plain or json, not \"" + texts.log_format + "\"");
  }
  options.log_format = texts.log_format == "json" ? LogFormat::kJson : LogFormat::kPlain;
  return {};
}

}  // namespace

std::string AgentOptions::authority() const {
  const bool is_ipv6 = dive_host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + dive_host + "]" : dive_host) + ":" + std::to_string(dive_port);
}

Result<std::variant<AgentOptions, Printed>> parse_agent_options(int argc, const char* const* argv,
                                                                std::string_view version) {
  CLI::App app("The agent of a cluster: tells Dive what runs there and what it counts.",
               "seine-dive-agent");
  Texts texts;
  AgentOptions options;
  options.version = version;
  add_flags(app, texts, options);
  app.set_version_flag("--version", std::string(version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Printed{app.help()};
  } catch (const CLI::CallForVersion&) {
    return Printed{std::string(version) + "\n"};
  } catch (const CLI::ParseError& error) {
    std::string sentence = error.what();
    std::ranges::replace(sentence, '\n', ' ');
    return fail(ErrorCode::kInvalidConfig, std::move(sentence));
  }
  auto read = read_texts(texts, options);
  if (!read) return fail(std::move(read.error()));
  return options;
}

}  // namespace seine::dive
