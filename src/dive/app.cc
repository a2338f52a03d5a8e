// SPDX-License-Identifier: Apache-2.0
#include "dive/app.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/complain.h"
#include "base/log.h"
#include "base/program_folder.h"
#include "dive/options.h"
#include "dive/server.h"
#include "dive/store/backup.h"
#include "dive/store/backup_file.h"
#include "dive/store/store.h"
#include "metrics/process.h"
#include "runtime/combine.h"
#include "runtime/end_signals.h"
#include "runtime/file_limit.h"
#include "runtime/heap_trim.h"

namespace seine::dive {
namespace {

using runtime::Task;

// How long requests may take to end after SIGTERM.
constexpr std::chrono::seconds kDrainTimeout{10};

int complain(const Error& error) {
  return seine::complain("seine-dive", error);
}

// What the process came to: it runs until told to end, or could not begin.
struct Life {
  const ServeOptions& options;
  const Log& log;
  metrics::Registry& registry;
  std::unique_ptr<Server> server = nullptr;
  std::optional<Error> failed = std::nullopt;
};

Task<int> wait_for(runtime::EventLoop& loop, Duration duration) {
  co_await runtime::sleep_for(loop, duration);
  co_return 0;
}

Task<int> live(runtime::EventLoop& loop, Life& life) {
  auto server = co_await Server::open(loop, life.log, life.registry, life.options);
  if (!server) {
    life.failed = std::move(server.error());
    co_return 1;
  }
  life.server = *std::move(server);
  log_info(life.log, "seine-dive serves",
           {{"version", life.options.version},
            {"agents", life.server->agent_addr().to_string()},
            {"web", life.server->web_addr().to_string()},
            {"admin", life.server->admin_addr().to_string()},
            {"owner", life.options.owner_socket}});
  runtime::Waker never(loop);
  co_await never.wait();
  co_return 0;
}

Task<void> run_until_told(runtime::EventLoop& loop, runtime::EndSignals& signals, Life& life) {
  // A signal also ends a start that waits for its database.
  co_await runtime::race(live(loop, life), signals.next());
  if (life.server != nullptr) {
    log_info(life.log, "draining");
    // A second signal ends the wait.
    co_await runtime::race(runtime::race(life.server->drain(), signals.next()),
                           wait_for(loop, kDrainTimeout));
  }
  loop.stop();
}

int serve(const ServeOptions& options) {
  runtime::raise_file_limit();
  const SystemClock clock;
  const Log log(clock, STDERR_FILENO, options.log_level, options.log_format);
  runtime::EventLoop loop(clock);
  runtime::EndSignals signals(loop);
  metrics::Registry registry(clock, /*cores=*/1);
  registry.add_collector(metrics::Part::kOpenMetrics, metrics::make_process_collector(clock));
  Life life{.options = options, .log = log, .registry = registry};
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(run_until_told(loop, signals, life));
  scope.spawn(runtime::keep_heap_trimmed(loop));
  loop.run();
  scope.cancel();
  return life.failed ? complain(*life.failed) : 0;
}

// With the folders it lies in, for this user alone.
Result<void> make_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  const auto slash = path.rfind('/');
  if (errno == ENOENT && slash != std::string::npos && slash > 0) {
    if (auto made = make_folder(path.substr(0, slash)); !made) return made;
    if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  }
  return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be made");
}

// A file that is no backup is found before anything is made.
Result<void> prepare_restore(const CopyOptions& options) {
  const auto backup = BackupReader::open(options.file);
  if (!backup) return fail(backup.error());
  return options.state_dir.empty() ? Result<void>() : make_folder(options.state_dir);
}

Task<Result<BackupSummary>> copy_store(runtime::EventLoop& loop, CopyOptions options) {
  if (options.is_restore) {
    if (auto ready = prepare_restore(options); !ready) co_return fail(std::move(ready.error()));
  }
  const std::string flag = options.state_dir.empty() ? "--database" : "--state-dir";
  auto database = co_await open_store_database(loop, options.database, options.is_restore);
  if (!database) co_return fail(std::move(database.error()).with_context(flag));
  if (options.is_restore) co_return co_await restore_store(**database, options.file);
  co_return co_await backup_store(loop, **database, options.file);
}

Task<void> copy_and_stop(runtime::EventLoop& loop, CopyOptions options,
                         std::optional<Result<BackupSummary>>& out) {
  out.emplace(co_await copy_store(loop, std::move(options)));
  loop.stop();
}

int copy(const CopyOptions& options) {
  const SystemClock clock;
  runtime::EventLoop loop(clock);
  std::optional<Result<BackupSummary>> done;
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(copy_and_stop(loop, options, done));
  loop.run();
  if (!done || !*done) {
    return complain(done ? done->error() : make_error(ErrorCode::kInternal, "it did not end"));
  }
  const std::string rows = std::to_string((*done)->rows);
  print(STDOUT_FILENO, options.is_restore ? "restored " + rows + " rows from " + options.file + "\n"
                                          : "wrote " + rows + " rows to " + options.file + "\n");
  return 0;
}

}  // namespace

int run_dive(int argc, const char* const* argv, std::string_view version) {
  const auto parsed = parse_dive_options(argc, argv, version, program_folder());
  if (!parsed) return complain(parsed.error());
  if (const Printed* printed = std::get_if<Printed>(&*parsed)) {
    print(STDOUT_FILENO, printed->text);
    return 0;
  }
  if (const CopyOptions* options = std::get_if<CopyOptions>(&*parsed)) return copy(*options);
  return serve(std::get<ServeOptions>(*parsed));
}

}  // namespace seine::dive
