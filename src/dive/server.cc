// SPDX-License-Identifier: Apache-2.0
#include "dive/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dive/api/agent_credentials.h"
#include "dive/api/agent_listener.h"
#include "dive/api/cluster_service.h"
#include "dive/api/events_api.h"
#include "dive/api/objectives_api.h"
#include "dive/api/owner_api.h"
#include "dive/api/pages_api.h"
#include "dive/api/refusals.h"
#include "dive/database_watch.h"
#include "dive/records/records.h"
#include "dive/records/store_sink.h"
#include "dive/store/store.h"
#include "dive/views/dive_views.h"
#include "dive/zones/zone_folder.h"
#include "grpc/server.h"
#include "http/admin_listener.h"
#include "runtime/combine.h"
#include "runtime/signal.h"
#include "runtime/task_scope.h"
#include "web/assets.h"
#include "web/cookie.h"
#include "web/guard.h"
#include "web/link_api.h"
#include "web/owner_listener.h"
#include "web/router.h"
#include "web/sessions.h"
#include "web/web_listener.h"
#include "web/web_metrics.h"
#include "web/web_service.h"

namespace seine::dive {

using runtime::Task;

namespace {

constexpr std::size_t kCore = 0;
constexpr std::string_view kCookie = "seine-dive";

std::vector<std::string> web_hosts(const ServeOptions& options) {
  std::vector<std::string> hosts = {"localhost", "127.0.0.1", "[::1]"};
  hosts.insert(hosts.end(), options.web_hosts.begin(), options.web_hosts.end());
  return hosts;
}

// The folder is made if it is not there. Its owner is whose programs may come.
Result<uid_t> open_state(const std::string& path) {
  const auto refuse = [&path](std::string_view why) {
    return fail(ErrorCode::kInvalidConfig, "--state-dir: " + path + " " + std::string(why));
  };
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return refuse("cannot be made: " + std::string(errno_name(errno)));
  }
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) {
    return refuse("cannot be looked at: " + std::string(errno_name(errno)));
  }
  if (!S_ISDIR(found.st_mode)) return refuse("is no folder");
  if ((found.st_mode & 022) != 0) return refuse("can be written by others; chmod go-w it");
  return found.st_uid;
}

Result<web::Assets> load_assets(const std::string& folder) {
  if (folder.empty()) return web::Assets();
  auto assets = web::Assets::load(folder);
  if (!assets) return fail(std::move(assets.error()).with_context("--assets"));
  return assets;
}

}  // namespace

// In the order in which they depend on each other; what runs is last.
struct Server::Parts final : DatabaseWatch::Watched {
  Parts(runtime::EventLoop& l, const Log& lg, metrics::Registry& registry,
        const ServeOptions& options, std::unique_ptr<Store> opened,
        std::unique_ptr<Records> read_records, web::Assets loaded)
      : loop(l),
        log(lg),
        store(std::move(opened)),
        records(std::move(read_records)),
        known(*records),
        views(loop, *store, known, zones),
        sink(loop, *store, *records),
        credentials(loop, sink),
        refusals(loop.clock(), log, registry, kCore),
        cluster_service(loop, log, credentials, sink, refusals, drain),
        assets(std::move(loaded)),
        guard({.hosts = web_hosts(options)}),
        sessions(loop.clock(), {}),
        web_metrics(registry, kCore),
        pages(loop, views, options.version),
        events(loop, *records, views, store->retention().kept.back()),
        objectives({.loop = loop,
                    .log = log,
                    .records = *records,
                    .views = views,
                    .zones = zones,
                    .retention = store->retention()}),
        owner(loop, credentials),
        links(sessions),
        web_service({.loop = loop,
                     .log = log,
                     .guard = guard,
                     .cookie = cookie,
                     .assets = assets,
                     .sessions = sessions,
                     .router = browser_router,
                     .metrics = web_metrics}),
        watch(loop, log, *this),
        scope(loop, [](Error) {}) {
    cluster_service.serve(methods);
    for (web::Router* const router : {&browser_router, &owner_router}) {
      pages.serve(*router);
      events.serve(*router);
      objectives.serve(*router);
    }
    owner.serve(owner_router);
    links.serve(owner_router);
  }

  Result<void> listen(metrics::Registry& registry, const ServeOptions& options, uid_t owner_user);
  void write_metrics(metrics::TextWriter& out) const;
  Task<Result<void>> ask_database() override;
  void tell_database(bool is_there) override { admin->set_ready(is_there); }
  Task<void> fold_for_ever();
  Task<void> forget_for_ever();

  runtime::EventLoop& loop;
  const Log& log;
  const std::unique_ptr<Store> store;
  const std::unique_ptr<Records> records;
  ZoneFolder zones;
  RecordsInStore known;
  DiveViews views;
  StoreSink sink;
  AgentCredentials credentials;
  Refusals refusals;
  runtime::Drain drain;
  ClusterService cluster_service;
  grpc::Methods methods;

  const web::Assets assets;
  const web::Guard guard;
  const web::CookieStyle cookie{.name = std::string(kCookie)};
  web::Sessions sessions;
  web::WebMetrics web_metrics;
  PagesApi pages;
  EventsApi events;
  ObjectivesApi objectives;
  OwnerApi owner;
  web::LinkApi links;
  web::Router browser_router;
  web::Router owner_router;
  web::WebService web_service;

  std::unique_ptr<http::AdminListener> admin;
  std::unique_ptr<AgentListener> agent_listener;
  std::unique_ptr<web::WebListener> web_listener;
  std::unique_ptr<web::OwnerListener> owner_listener;
  DatabaseWatch watch;
  runtime::TaskScope scope;
};

Result<void> Server::Parts::listen(metrics::Registry& registry, const ServeOptions& options,
                                   uid_t owner_user) {
  auto opened_admin = http::AdminListener::open(loop, options.admin_listen, registry, drain);
  if (!opened_admin) return fail(std::move(opened_admin.error()).with_context("--admin-listen"));
  admin = *std::move(opened_admin);
  auto opened_agents = AgentListener::open(loop, log, options.listen, methods, refusals, drain);
  if (!opened_agents) return fail(std::move(opened_agents.error()).with_context("--listen"));
  agent_listener = *std::move(opened_agents);
  auto opened_web =
      web::WebListener::open(loop, options.web_listen, web_service, drain, web_metrics);
  if (!opened_web) return fail(std::move(opened_web.error()).with_context("--web-listen"));
  web_listener = *std::move(opened_web);
  auto opened_owner = web::OwnerListener::open(
      {.loop = loop, .log = log, .router = owner_router, .drain = drain, .metrics = web_metrics},
      options.owner_socket, owner_user);
  if (!opened_owner) return fail(std::move(opened_owner.error()).with_context("--owner-socket"));
  owner_listener = *std::move(opened_owner);
  return {};
}

void Server::Parts::write_metrics(metrics::TextWriter& out) const {
  const IngestStatistics& counted = store->metrics().statistics();
  const auto counter = [&out](const char* name, const char* help, std::uint64_t value) {
    out.single({.name = name, .help = help}, metrics::Kind::kCounter,
               static_cast<std::int64_t>(value));
  };
  counter("seine_dive_metric_messages", "Messages of counts that were taken.", counted.messages);
  counter("seine_dive_metric_messages_repeated", "Messages that had been taken before.",
          counted.repeated);
  counter("seine_dive_metric_messages_refused", "Messages that can never be taken.",
          counted.refused);
  counter("seine_dive_buckets", "Buckets of proxies' counts that came.", counted.buckets);
  counter("seine_dive_buckets_refused", "Buckets that can never be taken, those of messages too.",
          counted.refused_buckets);
  const auto gauge = [&out](const char* name, const char* help, std::size_t value) {
    out.single({.name = name, .help = help}, metrics::Kind::kGauge,
               static_cast<std::int64_t>(value));
  };
  gauge("seine_dive_agent_connections", "Connections of agents.", agent_listener->connections());
  gauge("seine_dive_agent_streams", "Streams of agents.", cluster_service.streams());
  gauge("seine_dive_database_answers", "Whether the database does its work; /ready says the same.",
        watch.is_there() ? 1 : 0);
}

// As an agent's message would, and nothing is written. A table that never changes: nobody who
// writes crosses it.
Task<Result<void>> Server::Parts::ask_database() {
  auto transaction = co_await store->database().begin();
  if (!transaction) co_return fail(std::move(transaction.error()));
  auto rows = co_await (*transaction)->run("SELECT count(*) FROM retention");
  if (!rows) co_return fail(std::move(rows.error()));
  co_return co_await (*transaction)->commit();
}

Task<void> Server::Parts::fold_for_ever() {
  for (;;) {
    const auto folded = co_await store->fold();
    if (folded) {
      co_await store->rest_from_folding(kFoldEvery);
      continue;
    }
    log_error(log, "counts wait to be put in their places; they are counted all the same",
              {{"reason", folded.error().to_string()}});
    co_await runtime::sleep_for(loop, kFoldEvery);
  }
}

Task<void> Server::Parts::forget_for_ever() {
  for (;;) {
    const WallTime now = loop.clock().wall_now();
    auto forgotten = co_await store->forget();
    if (forgotten) forgotten = co_await records->forget(now, now - store->retention().kept.back());
    if (!forgotten) {
      log_error(log, "what is over its retention could not be removed",
                {{"reason", forgotten.error().to_string()}});
    }
    co_await runtime::sleep_for(loop, kForgetEvery);
  }
}

Task<Result<std::unique_ptr<Server>>> Server::open(runtime::EventLoop& loop, const Log& log,
                                                   metrics::Registry& registry,
                                                   const ServeOptions& options) {
  const auto owner_user = open_state(options.state_dir);
  if (!owner_user) co_return fail(Error(owner_user.error()));
  auto assets = load_assets(options.assets);
  if (!assets) co_return fail(std::move(assets.error()));
  auto database = co_await open_store_database(loop, options.database);
  if (!database) co_return fail(std::move(database.error()).with_context("--database"));
  auto store =
      co_await Store::open(loop, *std::move(database), options.retention, kClaimPatience, &log);
  if (!store) co_return fail(std::move(store.error()).with_context("--database"));
  auto records = co_await Records::open(loop, **store);
  if (!records) co_return fail(std::move(records.error()).with_context("--database"));
  auto parts = std::make_unique<Parts>(loop, log, registry, options, *std::move(store),
                                       *std::move(records), *std::move(assets));
  if (auto listening = parts->listen(registry, options, *owner_user); !listening) {
    co_return fail(std::move(listening.error()));
  }
  if (options.assets.empty()) log_warn(log, "no pages are served: there is no folder of them");
  Parts& running = *parts;
  registry.add_callback(metrics::Part::kOpenMetrics,
                        [&running](metrics::TextWriter& out) { running.write_metrics(out); });
  running.scope.spawn(running.watch.run());
  running.scope.spawn(running.fold_for_ever());
  running.scope.spawn(running.forget_for_ever());
  running.admin->set_ready();
  co_return std::unique_ptr<Server>(new Server(std::move(parts)));
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Server::~Server() = default;

SocketAddr Server::agent_addr() const {
  return parts_->agent_listener->addr();
}
SocketAddr Server::web_addr() const {
  return parts_->web_listener->addr();
}
SocketAddr Server::admin_addr() const {
  return parts_->admin->addr();
}

Task<int> Server::drain() {
  parts_->agent_listener->close();
  parts_->web_listener->close();
  parts_->owner_listener->close();
  parts_->drain.fire();
  co_await parts_->agent_listener->finished();
  co_await parts_->web_listener->finished();
  co_await parts_->owner_listener->finished();
  co_return 0;
}

}  // namespace seine::dive
