// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/app.h"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <variant>

#include "base/complain.h"
#include "base/file.h"
#include "base/log.h"
#include "dive/agent/agent.h"
#include "dive/agent/agent_key.h"
#include "dive/agent/agent_limits.h"
#include "dive/agent/controller_source.h"
#include "dive/agent/dns_dialer.h"
#include "dive/agent/options.h"
#include "dive/agent/state_folder.h"
#include "http/admin_listener.h"
#include "metrics/process.h"
#include "runtime/combine.h"
#include "runtime/end_signals.h"
#include "runtime/heap_trim.h"

namespace seine::dive {
namespace {

constexpr std::size_t kMaxToken = 4096;
constexpr std::chrono::milliseconds kReadyLook{200};
constexpr char kTokenVariable[] = "SEINE_DIVE_AGENT_JOIN_TOKEN";

int complain(const Error& error) {
  return seine::complain("seine-dive-agent", error);
}

std::string trim(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  return text;
}

// The file is read anew each time: a new token may have been put there.
std::string read_token(const std::string& file, const std::string& from_environment) {
  if (file.empty()) return from_environment;
  auto text = read_file(file, kMaxToken);
  return text ? trim(*std::move(text)) : from_environment;
}

// Nobody who sees the process' environment later sees the token.
std::string take_token_from_environment() {
  const char* const text = std::getenv(kTokenVariable);
  std::string token = text == nullptr ? "" : trim(text);
  ::unsetenv(kTokenVariable);
  return token;
}

runtime::Task<void> follow_readiness(runtime::EventLoop& loop, const Agent& agent,
                                     http::AdminListener& admin) {
  for (;;) {
    admin.set_ready(agent.is_ready());
    co_await runtime::sleep_for(loop, kReadyLook);
  }
}

runtime::Task<void> run_until_told(runtime::EventLoop& loop, runtime::EndSignals& signals,
                                   const Log& log, Agent& agent, runtime::Drain& drain) {
  co_await signals.next();
  log_info(log, "draining");
  drain.fire();
  // A second signal ends the wait.
  co_await runtime::race(agent.drain(), signals.next());
  loop.stop();
}

LinkOptions make_link(const AgentOptions& options, const StateFolder& folder, const Log& log,
                      std::string token) {
  LinkOptions link{.cluster = options.cluster,
                   .authority = options.authority(),
                   .agent_version = options.version};
  link.has_joined = folder.has_joined(options.cluster);
  link.join_token = [file = options.join_token_file, token = std::move(token)] {
    return read_token(file, token);
  };
  link.on_joined = [&folder, &log, cluster = options.cluster] {
    const auto remembered = folder.remember_joined(cluster);
    if (!remembered) {
      log_warn(log, "that the cluster has joined cannot be written down",
               {{"reason", remembered.error().to_string()}});
    }
  };
  link.on_lost = [&folder] { folder.forget_joined(); };
  return link;
}

int serve(const AgentOptions& options) {
  const SystemClock clock;
  const Log log(clock, STDERR_FILENO, options.log_level, options.log_format);
  runtime::EventLoop loop(clock);
  runtime::EndSignals signals(loop);
  const auto folder = StateFolder::open(options.state_dir);
  if (!folder) return complain(Error(folder.error()).with_context("--state-dir"));
  const auto key = read_or_make_key(folder->path());
  if (!key) return complain(Error(key.error()).with_context("--state-dir"));
  LinkOptions link = make_link(options, *folder, log, take_token_from_environment());
  if (!link.has_joined && link.join_token().empty()) {
    return complain(make_error(ErrorCode::kInvalidConfig,
                               "--join-token-file: cluster " + options.cluster +
                                   " has not joined Dive yet, and there is no token to join by"));
  }
  DnsDialer dialer(loop, options.dive_host, options.dive_port);
  ControllerMetricsSource metrics(loop, options.feed_socket);
  ControllerWorkloadSource workloads(loop, options.feed_socket);
  auto agent = Agent::start(loop, log, dialer, *key, metrics, workloads,
                            {.folder = folder->path(), .link = std::move(link)});
  if (!agent) return complain(std::move(agent.error()).with_context("--state-dir"));
  metrics::Registry registry(clock, /*cores=*/1);
  registry.add_collector(metrics::Part::kOpenMetrics, metrics::make_process_collector(clock));
  registry.add_callback(metrics::Part::kOpenMetrics,
                        [&agent](metrics::TextWriter& out) { (*agent)->write(out); });
  runtime::Drain drain;
  const auto admin = http::AdminListener::open(loop, options.admin_listen, registry, drain);
  if (!admin) return complain(Error(admin.error()).with_context("--admin-listen"));
  log_info(log, "seine-dive-agent serves",
           {{"version", options.version},
            {"cluster", options.cluster},
            {"dive", options.authority()},
            {"admin", (*admin)->addr().to_string()}});
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(run_until_told(loop, signals, log, **agent, drain));
  scope.spawn(follow_readiness(loop, **agent, **admin));
  scope.spawn(runtime::keep_heap_trimmed(loop));
  loop.run();
  scope.cancel();
  return 0;
}

}  // namespace

int run_agent(int argc, const char* const* argv, std::string_view version) {
  const auto parsed = parse_agent_options(argc, argv, version);
  if (!parsed) return complain(parsed.error());
  if (const Printed* printed = std::get_if<Printed>(&*parsed)) {
    print(STDOUT_FILENO, printed->text);
    return 0;
  }
  return serve(std::get<AgentOptions>(*parsed));
}

}  // namespace seine::dive
