// SPDX-License-Identifier: Apache-2.0
#include "control/pages/mesh_pages.h"

#include <utility>

#include "base/program_folder.h"
#include "control/pages/mesh_api.h"
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

namespace seine::control {
namespace {

constexpr std::size_t kCore = 0;
// Not Dive's: a browser sends both to both, as ports are one site to it.
constexpr char kCookie[] = "seine-mesh";

}  // namespace

struct MeshPages::Served {
  Served(const Parts& parts, web::Assets loaded)
      : assets(std::move(loaded)),
        guard({.hosts = {"localhost", "127.0.0.1", "[::1]"}}),
        sessions(parts.loop.clock(), {}),
        metrics(parts.registry, kCore),
        api(parts.loop, parts.leases, parts.window, parts.version),
        links(sessions),
        service({.loop = parts.loop,
                 .log = parts.log,
                 .guard = guard,
                 .cookie = cookie,
                 .assets = assets,
                 .sessions = sessions,
                 .router = browser_router,
                 .metrics = metrics}) {
    api.serve(browser_router);
    api.serve(owner_router);
    links.serve(owner_router);
  }

  const web::Assets assets;
  const web::Guard guard;
  const web::CookieStyle cookie{.name = kCookie};
  web::Sessions sessions;
  web::WebMetrics metrics;
  MeshApi api;
  web::LinkApi links;
  web::Router browser_router;
  web::Router owner_router;
  web::WebService service;
  // Last: connections use everything above.
  std::unique_ptr<web::WebListener> browsers;
  std::unique_ptr<web::OwnerListener> owner;
};

Result<std::unique_ptr<MeshPages>> MeshPages::open(Parts parts, const PagesOptions& options) {
  const auto folder = web::choose_assets(options.assets, program_folder());
  if (!folder) return fail(Error(folder.error()).with_context("--assets"));
  auto assets = folder->empty() ? Result<web::Assets>(web::Assets()) : web::Assets::load(*folder);
  if (!assets) return fail(std::move(assets.error()).with_context("--assets"));
  auto served = std::make_unique<Served>(parts, *std::move(assets));
  auto browsers = web::WebListener::open(parts.loop, options.listen, served->service, parts.drain,
                                         served->metrics);
  if (!browsers) return fail(std::move(browsers.error()).with_context("--web-listen"));
  served->browsers = *std::move(browsers);
  const RegistryDirectory& directory = parts.leases.directory();
  auto owner = web::OwnerListener::open({.loop = parts.loop,
                                         .log = parts.log,
                                         .router = served->owner_router,
                                         .drain = parts.drain,
                                         .metrics = served->metrics},
                                        directory.pages_socket_path(), directory.owner());
  if (!owner) return fail(std::move(owner.error()).with_context("--registry-dir"));
  served->owner = *std::move(owner);
  if (folder->empty()) log_warn(parts.log, "no pages are served: there is no folder of them");
  return std::unique_ptr<MeshPages>(new MeshPages(std::move(served)));
}

MeshPages::MeshPages(std::unique_ptr<Served> served) : served_(std::move(served)) {}
MeshPages::~MeshPages() = default;

const SocketAddr& MeshPages::addr() const {
  return served_->browsers->addr();
}

void MeshPages::close() {
  served_->browsers->close();
  served_->owner->close();
}

runtime::Task<void> MeshPages::finished() {
  co_await served_->browsers->finished();
  co_await served_->owner->finished();
}

}  // namespace seine::control
