// SPDX-License-Identifier: Apache-2.0
// The only file that sees CLI11.
#include "dive/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <utility>

#include "base/time.h"
#include "web/assets.h"

namespace seine::dive {
namespace {

constexpr std::size_t kMaxWebHosts = 32;

struct Texts {
  std::string state_dir;
  std::string database;
  std::string listen = "127.0.0.1:8086";
  std::string web_listen = "127.0.0.1:8087";
  std::string admin_listen = "127.0.0.1:9992";
  std::string owner_socket;
  std::string assets;
  std::string keep_finest = "6h";
  std::string keep_minutes = "8d";
  std::string keep_hours = "90d";
  std::string log_level = "info";
  std::string log_format = "plain";
  std::string file;
  std::vector<std::string> web_hosts;
};

CLI::Option* add(CLI::App& app, const std::string& name, std::string& value,
                 const std::string& help) {
  std::string variable = "SEINE_DIVE_";
  for (const char c : std::string_view(name).substr(2)) {
    variable.push_back(c == '-' ? '_' : static_cast<char>(std::toupper(c)));
  }
  return app.add_option(name, value, help)->envname(variable)->capture_default_str();
}

void add_database_flags(CLI::App& app, Texts& texts) {
  add(app, "--state-dir", texts.state_dir, "where dive.db and owner.sock lie");
  add(app, "--database", texts.database,
      "postgres://USER@HOST/NAME, or a file; dive.db of the state folder if absent");
}

void add_serve_flags(CLI::App& app, Texts& texts) {
  add_database_flags(app, texts);
  add(app, "--listen", texts.listen, "where agents tell, over gRPC; put a proxy before it");
  add(app, "--web-listen", texts.web_listen, "where browsers come");
  add(app, "--admin-listen", texts.admin_listen, "where /live, /ready and /metrics are served");
  add(app, "--owner-socket", texts.owner_socket, "where this user's programs come");
  add(app, "--assets", texts.assets, "the folder of the built pages");
  app.add_option("--web-host", texts.web_hosts,
                 "a name that browsers may use, beside those of this machine; may be repeated")
      ->allow_extra_args(false);
  add(app, "--keep-10s", texts.keep_finest, "how long counts are kept at 10 s");
  add(app, "--keep-1m", texts.keep_minutes, "how long at 1 min");
  add(app, "--keep-1h", texts.keep_hours, "how long at 1 h, and events");
  add(app, "--log-level", texts.log_level, "trace, debug, info, warn, error or off");
  add(app, "--log-format", texts.log_format, "plain or json");
}

std::unexpected<Error> bad_flag(std::string_view flag, std::string_view why) {
  return fail(ErrorCode::kInvalidConfig, std::string(flag) + ": " + std::string(why));
}

Result<SocketAddr> read_address(std::string_view flag, const std::string& text) {
  auto address = SocketAddr::parse(text);
  if (!address) return bad_flag(flag, address.error().message);
  return *address;
}

Result<std::string> read_database(const Texts& texts) {
  if (!texts.database.empty()) return texts.database;
  if (texts.state_dir.empty()) {
    return bad_flag("--state-dir", "is required, or a --database");
  }
  return texts.state_dir + "/dive.db";
}

Result<Retention> read_retention(const Texts& texts) {
  const std::pair<std::string_view, const std::string*> flags[] = {
      {"--keep-10s", &texts.keep_finest},
      {"--keep-1m", &texts.keep_minutes},
      {"--keep-1h", &texts.keep_hours}};
  constexpr std::chrono::hours kLongest{24 * 366 * 2};
  Retention retention;
  for (std::size_t i = 0; i < std::size(flags); ++i) {
    const auto kept = parse_duration(*flags[i].second);
    if (!kept) return bad_flag(flags[i].first, kept.error().message);
    const auto hours = std::chrono::duration_cast<std::chrono::hours>(*kept);
    if (hours != *kept || hours < std::chrono::hours(1) || hours > kLongest) {
      return bad_flag(flags[i].first, "must be whole hours, from 1h to 17568h");
    }
    if (i > 0 && hours < retention.kept[i - 1]) {
      return bad_flag(flags[i].first, "must be at least as long as " +
                                          std::string(flags[i - 1].first) + ", which is finer");
    }
    retention.kept[i] = hours;
  }
  return retention;
}

Result<DiveCommand> read_serve(const Texts& texts, std::string_view version,
                               const std::string& program_folder) {
  ServeOptions options;
  options.version = version;
  options.state_dir = texts.state_dir;
  if (options.state_dir.empty()) return bad_flag("--state-dir", "is required");
  auto database = read_database(texts);
  if (!database) return fail(std::move(database.error()));
  options.database = *std::move(database);
  const auto listen = read_address("--listen", texts.listen);
  if (!listen) return fail(Error(listen.error()));
  const auto web = read_address("--web-listen", texts.web_listen);
  if (!web) return fail(Error(web.error()));
  const auto admin = read_address("--admin-listen", texts.admin_listen);
  if (!admin) return fail(Error(admin.error()));
  options.listen = *listen;
  options.web_listen = *web;
  options.admin_listen = *admin;
  options.owner_socket =
      texts.owner_socket.empty() ? options.state_dir + "/owner.sock" : texts.owner_socket;
  auto assets = web::choose_assets(texts.assets, program_folder);
  if (!assets) return bad_flag("--assets", assets.error().message);
  options.assets = *std::move(assets);
  if (texts.web_hosts.size() > kMaxWebHosts) {
    return bad_flag("--web-host", "at most " + std::to_string(kMaxWebHosts) + " names");
  }
  options.web_hosts = texts.web_hosts;
  auto retention = read_retention(texts);
  if (!retention) return fail(std::move(retention.error()));
  options.retention = *retention;
  const auto level = parse_log_filter(texts.log_level);
  if (!level) return bad_flag("--log-level", level.error().message);
  options.log_level = *level;
  if (texts.log_format != "plain" && texts.log_format != "json") {
    return bad_flag("--log-format", "must be plain or json, not \"" + texts.log_format + "\"");
  }
  options.log_format = texts.log_format == "json" ? LogFormat::kJson : LogFormat::kPlain;
  return options;
}

Result<DiveCommand> read_copy(const Texts& texts, bool is_restore) {
  auto database = read_database(texts);
  if (!database) return fail(std::move(database.error()));
  return CopyOptions{.is_restore = is_restore,
                     .database = *std::move(database),
                     .state_dir = texts.database.empty() ? texts.state_dir : "",
                     .file = texts.file};
}

}  // namespace

Result<DiveCommand> parse_dive_options(int argc, const char* const* argv, std::string_view version,
                                       const std::string& program_folder) {
  CLI::App app("Dive: services, objectives and events, from counts taken in the proxies.",
               "seine-dive");
  Texts texts;
  CLI::App* const serve = app.add_subcommand("serve", "Serve agents, browsers and programs");
  add_serve_flags(*serve, texts);
  CLI::App* const backup = app.add_subcommand("backup", "Write all that is kept into a file");
  CLI::App* const restore =
      app.add_subcommand("restore", "Read a backup into an empty database of either kind");
  for (CLI::App* const copy : {backup, restore}) {
    add_database_flags(*copy, texts);
    copy->add_option("FILE", texts.file, "the backup")->required();
  }
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(version));
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    for (const CLI::App* const command : {serve, backup, restore}) {
      if (command->parsed()) return Printed{command->help()};
    }
    return Printed{app.help()};
  } catch (const CLI::CallForVersion&) {
    return Printed{std::string(version) + "\n"};
  } catch (const CLI::ParseError& error) {
    std::string sentence = error.what();
    std::ranges::replace(sentence, '\n', ' ');
    return fail(ErrorCode::kInvalidConfig, std::move(sentence));
  }
  if (serve->parsed()) return read_serve(texts, version, program_folder);
  return read_copy(texts, restore->parsed());
}

}  // namespace seine::dive
