// SPDX-License-Identifier: Apache-2.0
// All of seine-dive on one loop:
//
//   agents   --> AgentListener --> ClusterService --> StoreSink --> Store, Records
//   browsers --> WebListener   --> WebService  \                        |
//   programs --> OwnerListener -----------------> Router --> api --> Views
//
// and beside it the store's own work: folding each minute, forgetting each hour.
#pragma once

#include <memory>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "dive/options.h"
#include "metrics/registry.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::dive {

// A count waits that long to be put into blocks; what waits is counted all the same.
inline constexpr Duration kFoldEvery = std::chrono::minutes(1);
inline constexpr Duration kForgetEvery = std::chrono::hours(1);

class Server {
 public:
  // Opens the database, brings it up to date, and listens. Everything it is given outlives it.
  // Errors name the flag: kInvalidConfig for what somebody has to change.
  static runtime::Task<Result<std::unique_ptr<Server>>> open(runtime::EventLoop& loop,
                                                             const Log& log,
                                                             metrics::Registry& registry,
                                                             const ServeOptions& options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  SocketAddr agent_addr() const;
  SocketAddr web_addr() const;
  SocketAddr admin_addr() const;

  // Takes no more, and ends when what was begun is done: requests of browsers and programs have
  // been answered, agents told to come again. Whoever drops it earlier cuts them.
  runtime::Task<int> drain();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace seine::dive
