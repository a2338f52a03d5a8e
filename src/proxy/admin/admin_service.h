// SPDX-License-Identifier: Apache-2.0
// What the admin server answers. Who may ask what depends on the door the request came through:
//
//   door                              GET, HEAD                            changes state
//   TCP                               /live /ready /metrics /env.json      -
//   TCP from loopback, with           the same                             POST /shutdown
//     LINKERD2_PROXY_SHUTDOWN_ENDPOINT_ENABLED
//   the 0600 unix socket              the same, /proxy-log-level           PUT /proxy-log-level
//                                                                          POST /shutdown
//
// A port on localhost is not protection: a request that another program was talked into (CVE-2024-
// 40632) comes from there too. So what changes state asks the file system who is calling, and over
// TCP only where the environment says that Linkerd's way must still work.
//
// One loop, not a worker's: a scrape must not hurt the data path.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/log.h"
#include "http/message.h"
#include "metrics/registry.h"
#include "proxy/environment.h"
#include "runtime/event_loop.h"
#include "runtime/signal.h"

namespace seine::proxy {

// Pages of metrics under way at once; further requests for one are answered with 503.
inline constexpr std::size_t kMaxScrapes = 8;
// Of the body of PUT /proxy-log-level; more is answered with 413.
inline constexpr std::size_t kMaxLogFilter = 1024;
// For that body to come; then 408.
inline constexpr Duration kLogFilterTimeout = std::chrono::seconds(10);

// What all doors share. Outlives the services, and these their requests and bodies.
struct AdminContext {
  runtime::EventLoop& loop;
  Log& log;
  metrics::Registry& registry;
  // Fires with the first certificate, and never goes back: nor does /ready.
  const runtime::Signal& certified;
  // As redacted() gives it: the secrets themselves never come here.
  Environment environment;
  // Fired to ask the process to drain and end.
  runtime::Signal& shutdown;
  std::size_t scrapes_under_way = 0;
};

// In ascending order: who may do more may also do what comes before.
enum class AdminAccess : std::uint8_t { kObserve, kShutdown, kControl };

class AdminService final : public http::Service {
 public:
  AdminService(AdminContext& context, AdminAccess access) : context_(context), access_(access) {}

  // Every request has an answer; no error.
  runtime::Task<Result<http::Response>> call(http::Request request) override;

 private:
  http::Response answer(const http::RequestHead& head, std::string_view path,
                        std::string_view query);
  http::Response metrics(const http::Headers& headers);
  http::Response environment(std::string_view query) const;
  runtime::Task<http::Response> set_log_level(http::BodyPtr body);
  http::Response shut_down();

  AdminContext& context_;
  const AdminAccess access_;
};

}  // namespace seine::proxy
