// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/demo_run.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.h"
#include "cli/demo/child.h"
#include "cli/demo/demo_counts.h"
#include "cli/demo/demo_report.h"
#include "cli/demo/live_view.h"
#include "cli/demo/tally.h"
#include "cli/mesh/dive_folders.h"
#include "cli/mesh/mesh_folder.h"
#include "cli/mesh/registry_client.h"
#include "runtime/combine.h"
#include "runtime/end_signals.h"
#include "runtime/task_scope.h"
#include "seine/registry/v1/registry.pb.h"
#include "seine/telemetry/v1/window.pb.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr Duration kReadyTimeout = 60s;
// The shop's programs drain for at most 40 s, their proxies for 10.
constexpr Duration kEndTimeout = 60s;
constexpr Duration kDeliveryTimeout = 5s;
constexpr Duration kLook = 50ms;
constexpr Duration kLookAgain = 250ms;
constexpr std::size_t kMaxTally = 4 << 20;

// The one of that name, which is made if nobody has counted anything of it.
template <typename Service>
Service& service_of(std::vector<Service>& services, const std::string& name) {
  const auto found = std::ranges::find(services, name, &Service::name);
  if (found != services.end()) return *found;
  Service& made = services.emplace_back();
  made.ns = kShopNamespace;
  made.name = name;
  return made;
}

class Demo {
 public:
  Demo(const Invocation& invocation, const DemoOptions& options)
      : options_(options),
        terminal_(invocation.terminal),
        loop_(invocation.clock),
        signals_(loop_),
        mesh_(loop_, MeshFolder{options.dir}.registry_socket()),
        view_(invocation.terminal),
        scope_(loop_, [](Error) {}) {}

  int run() {
    scope_.spawn(live(*this));
    scope_.spawn(listen(*this));
    loop_.run();
    scope_.cancel();
    return code_;
  }

 private:
  static Task<void> live(Demo& self) {
    const Result<void> lived = co_await self.whole();
    if (!lived) {
      self.view_.end();
      complain("demo: " + lived.error().message);
    }
    self.loop_.stop();
  }
  // The first signal ends traffic, and the demo goes on to its end; the second one is the end.
  static Task<void> listen(Demo& self) {
    (void)co_await self.signals_.next();
    self.is_told_ = true;
    if (self.traffic_) self.traffic_->signal(SIGTERM);
    (void)co_await self.signals_.next();
    self.loop_.stop();
  }

  Task<Result<void>> whole();
  Task<Result<void>> start_mesh();
  Task<Result<void>> start_shop();
  Task<Result<void>> wait_published();
  Task<Result<void>> wait_says(Child& child, std::string_view words);
  Task<Result<void>> watch_traffic();
  Task<void> end_shop();
  Task<Result<DemoReport>> look_back();
  Result<void> read_tallies(DemoReport& report, std::vector<std::string>& problems) const;
  Result<Child> start(const ShopProgram& program);
  Result<Child> start_seine(std::string name, std::vector<std::string> words);
  // One that should run and does not.
  Result<void> check_alive();
  void tell_of_dashboard();
  Task<Result<seine::telemetry::v1::ReadResponse>> read_window();

  const DemoOptions& options_;
  const Terminal& terminal_;
  runtime::EventLoop loop_;
  runtime::EndSignals signals_;
  RegistryClient mesh_;
  LiveView view_;
  std::optional<Child> up_;
  std::vector<Child> services_;
  std::optional<Child> traffic_;
  TimePoint traffic_began_{};
  Duration traffic_took_{};
  seine::registry::v1::ListResponse list_;  // of what ran while there was traffic
  std::vector<std::string> problems_;
  bool is_told_ = false;
  bool dashboard_told_ = false;
  int code_ = kExitFailure;
  runtime::TaskScope scope_;
};

Result<Child> Demo::start_seine(std::string name, std::vector<std::string> words) {
  words.insert(words.begin(), options_.self);
  const std::string log = options_.work + "/" + name + ".log";
  return Child::start(std::move(name), words, {}, log);
}

Result<Child> Demo::start(const ShopProgram& program) {
  std::vector<std::string> words{"run", "--dir", options_.dir};
  words.insert(words.end(), program.flags.begin(), program.flags.end());
  words.emplace_back("--");
  words.insert(words.end(), program.command.begin(), program.command.end());
  return start_seine(program.name, std::move(words));
}

Task<Result<void>> Demo::wait_says(Child& child, std::string_view words) {
  const TimePoint given_up = loop_.now() + kReadyTimeout;
  while (child.output().find(words) == std::string::npos) {
    if (is_told_) co_return fail(ErrorCode::kCancelled, "ended before it began");
    if (const auto code = child.exit_code()) {
      co_return fail(ErrorCode::kInternal, child.name() + " ended with " + std::to_string(*code) +
                                               ": " + child.last_lines(3));
    }
    if (loop_.now() > given_up) {
      co_return fail(ErrorCode::kTimeout, child.name() + " did not start within " +
                                              format_duration(kReadyTimeout) + ": " +
                                              child.last_lines(3));
    }
    co_await runtime::sleep_for(loop_, kLook);
  }
  co_return Result<void>();
}

Task<Result<void>> Demo::start_mesh() {
  view_.say("starting the mesh in " + options_.dir);
  std::vector<std::string> words{"up", "--dir", options_.dir, "--report-every", "1s"};
  if (options_.no_dive) words.emplace_back("--no-dive");
  auto up = start_seine("up", std::move(words));
  if (!up) co_return fail(std::move(up.error()));
  up_.emplace(*std::move(up));
  co_return co_await wait_says(*up_, "is ready");
}

Task<Result<void>> Demo::start_shop() {
  view_.say(
      "starting the shop: web, graph, three replicas of payments in two versions, ledger, mail");
  for (const ShopProgram& program : shop_services(options_.shop)) {
    auto child = start(program);
    if (!child) co_return fail(std::move(child.error()));
    services_.push_back(*std::move(child));
  }
  for (Child& child : services_) {
    if (auto said = co_await wait_says(child, "listening"); !said) co_return said;
  }
  if (auto published = co_await wait_published(); !published) co_return published;
  auto traffic = start(shop_traffic(options_.shop));
  if (!traffic) co_return fail(std::move(traffic.error()));
  traffic_.emplace(*std::move(traffic));
  if (auto said = co_await wait_says(*traffic_, "sending"); !said) co_return said;
  traffic_began_ = loop_.now();
  co_return Result<void>();
}

// Every pod of the shop is called: its proxy is ready and its program listens.
Task<Result<void>> Demo::wait_published() {
  namespace api = seine::registry::v1;
  const TimePoint given_up = loop_.now() + kReadyTimeout;
  for (;;) {
    const auto list = co_await mesh_.call<api::ListResponse>("List", api::ListRequest());
    std::size_t ready = 0;
    if (list) {
      for (const auto& workload : list->workloads()) {
        if (workload.namespace_() != kShopNamespace) continue;
        ready += static_cast<std::size_t>(
            std::ranges::count_if(workload.pods(), [](const api::ListedPod& pod) {
              return pod.proxy_ready() && pod.listening_size() == pod.ports_size();
            }));
      }
    }
    if (ready == services_.size()) co_return Result<void>();
    if (auto alive = check_alive(); !alive) co_return alive;
    if (is_told_) co_return fail(ErrorCode::kCancelled, "ended before it began");
    if (loop_.now() > given_up) {
      co_return fail(ErrorCode::kTimeout,
                     "only " + std::to_string(ready) + " of " + std::to_string(services_.size()) +
                         " pods are in their services after " + format_duration(kReadyTimeout));
    }
    co_await runtime::sleep_for(loop_, kLook);
  }
}

Result<void> Demo::check_alive() {
  const auto check = [](Child& child) -> Result<void> {
    const auto code = child.exit_code();
    if (!code) return {};
    return fail(ErrorCode::kInternal, child.name() + " ended with " + std::to_string(*code) +
                                          ", before its turn: " + child.last_lines(3));
  };
  if (auto alive = check(*up_); !alive) return alive;
  for (Child& child : services_) {
    if (auto alive = check(child); !alive) return alive;
  }
  return {};
}

Task<Result<seine::telemetry::v1::ReadResponse>> Demo::read_window() {
  seine::telemetry::v1::ReadRequest request;
  request.mutable_whole();
  co_return co_await mesh_.call<seine::telemetry::v1::ReadResponse>(
      "/seine.telemetry.v1.Window/Read", std::move(request));
}

// Once, when it is there; the demo does not wait for it.
void Demo::tell_of_dashboard() {
  if (dashboard_told_) return;
  const MeshFolder folder{options_.dir};
  const auto url = read_note(options_.no_dive ? folder.pages_note() : folder.web_note());
  if (!url) return;
  dashboard_told_ = true;
  view_.say((options_.no_dive ? "The dashboard is at " : "Dive is at ") + *url +
            "/; sign in: seine dashboard --dir " + options_.dir);
}

Task<Result<void>> Demo::watch_traffic() {
  TimePoint next_look = loop_.now() + 1s;
  while (!traffic_->exit_code()) {
    if (auto alive = check_alive(); !alive) co_return alive;
    if (list_.workloads_size() == 0) {
      auto list = co_await mesh_.call<seine::registry::v1::ListResponse>(
          "List", seine::registry::v1::ListRequest());
      if (list) list_ = *std::move(list);
    }
    tell_of_dashboard();
    if (loop_.now() >= next_look) {
      next_look = loop_.now() + 1s;
      if (const auto read = co_await read_window()) {
        view_.show(count_services(list_, *read, kShopNamespace), loop_.now() - traffic_began_,
                   options_.shop.time);
      }
    }
    co_await runtime::sleep_for(loop_, kLook);
  }
  traffic_took_ = loop_.now() - traffic_began_;
  if (const int code = *traffic_->exit_code(); code != 0 && !(is_told_ && code == 143)) {
    problems_.push_back("traffic ended with " + std::to_string(code) + ": " +
                        traffic_->last_lines(2));
  }
  co_return Result<void>();
}

// Those who call before those who are called, so that nobody misses an answer.
Task<void> Demo::end_shop() {
  view_.end();
  view_.say("traffic has ended; each program drains and says goodbye");
  for (auto service = services_.rbegin(); service != services_.rend(); ++service) {
    service->signal(SIGTERM);
    const auto code = co_await service->wait(loop_, kEndTimeout);
    if (!code) {
      problems_.push_back(service->name() + " did not end within " + format_duration(kEndTimeout));
    } else if (*code != 0 && *code != 143) {
      problems_.push_back(service->name() + " ended with " + std::to_string(*code) + ": " +
                          service->last_lines(2));
    }
  }
}

Result<void> Demo::read_tallies(DemoReport& report, std::vector<std::string>& problems) const {
  std::vector<std::string> names{traffic_->name()};
  for (const Child& child : services_) names.push_back(child.name());
  for (const std::string& name : names) {
    const std::string path = options_.shop.tallies + "/" + name + ".json";
    const auto text = read_file(path, kMaxTally);
    if (!text) return fail(Error(text.error()).with_context("the tally of " + name));
    const auto tally = parse_tally(*text);
    if (!tally) return fail(Error(tally.error()).with_context(name));
    if (!tally->is_final) problems.push_back(name + " wrote no last tally");
    for (const auto& [service, sent] : tally->sent) {
      service_of(report.services, service).generated += sent;
    }
    for (const auto& [service, opened] : tally->connected) {
      service_of(report.tcp_services, service).generated += opened;
    }
  }
  return {};
}

// What a proxy could not tell any more itself is delivered within some seconds.
Task<Result<DemoReport>> Demo::look_back() {
  const TimePoint given_up = loop_.now() + kDeliveryTimeout;
  for (;;) {
    auto read = co_await read_window();
    if (!read) co_return fail(std::move(read.error()).with_context("the counts of the proxies"));
    DemoReport report;
    for (auto& [name, service] : count_services(list_, *read, kShopNamespace)) {
      service.seconds = std::chrono::duration<double>(traffic_took_).count();
      report.services.push_back(std::move(service));
    }
    for (auto& [name, service] : count_tcp_services(list_, *read, kShopNamespace)) {
      report.tcp_services.push_back(std::move(service));
    }
    report.edges = count_edges(list_, *read, kShopNamespace);
    std::vector<std::string> problems = problems_;
    if (auto tallies = read_tallies(report, problems); !tallies) {
      co_return fail(std::move(tallies.error()));
    }
    report.promises = judge_promises(report.services, report.tcp_services, report.edges, problems);
    if (report.promises.front().held || loop_.now() > given_up) co_return report;
    co_await runtime::sleep_for(loop_, kLookAgain);
  }
}

Task<Result<void>> Demo::whole() {
  auto going = co_await start_mesh();
  if (going) going = co_await start_shop();
  if (going) going = co_await watch_traffic();
  if (!going) co_return going;
  co_await end_shop();
  const auto report = co_await look_back();
  if (!report) co_return fail(report.error());
  up_->signal(SIGTERM);
  if (!co_await up_->wait(loop_, kEndTimeout)) problems_.emplace_back("the mesh did not end");
  if (!options_.json.empty()) {
    if (auto written = replace_file(options_.json, report->to_json(), 0644); !written) {
      co_return written;
    }
  }
  if (!print("\n" + report->to_text(terminal_))) co_return Result<void>();
  code_ = report->all_held() ? kExitOk : kExitFailure;
  co_return Result<void>();
}

}  // namespace

int run_demo(const Invocation& invocation, const DemoOptions& options) {
  return Demo(invocation, options).run();
}

}  // namespace seine::cli
