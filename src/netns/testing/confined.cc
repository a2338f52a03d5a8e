// SPDX-License-Identifier: Apache-2.0
#include "netns/testing/confined.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include "base/check.h"
#include "runtime/task_scope.h"

namespace seine::netns::testing {

namespace {

PodNetwork network_of(Privilege privilege, const AddressPlan& plan) {
  const IpAddress ip = nth_address(plan.pods, 2).value();
  return {.ip = ip,
          .ip_v6 = paired_v6(plan, ip).value(),
          .proxy = privilege == Privilege::kUser ? ProxySign::mark(kProxyMark)
                                                 : ProxySign::uid(kProxyUid)};
}

runtime::Task<void> wait_for(LaunchedProcess& process, std::optional<Exit>& exit) {
  exit = co_await process.wait();
}

// What can be read now; true if something came.
bool drain(int fd, std::string& into) {
  std::array<char, 4096> buffer;
  bool some = false;
  for (ssize_t got; (got = read(fd, buffer.data(), buffer.size())) > 0;) {
    into.append(buffer.data(), static_cast<std::size_t>(got));
    some = true;
  }
  return some;
}

// Wakes the loop when the program prints.
struct PrintWatcher final : runtime::FdWatcher {
  void on_events(std::uint32_t) override {}
};

}  // namespace

PodLab::PodLab(Privilege as)
    : privilege(as),
      hub(create_hub(plan).value()),
      pod(create_pod(hub, plan, network_of(as, plan)).value()) {
  std::string name = "/tmp/seine-state-XXXXXX";
  state_folder = mkdtemp(name.data());
  std::ofstream(state_folder + "/token") << "secret";
}

PodLab::~PodLab() {
  std::filesystem::remove_all(state_folder);
}

Owner PodLab::proxy() const {
  return privilege == Privilege::kUser ? Owner{.mark = kProxyMark} : Owner{.uid = kProxyUid};
}

Launch PodLab::confined(std::vector<std::string> argv) const {
  Identity identity = current_identity();
  if (privilege == Privilege::kRoot) identity = {.uid = kOrdinaryUid, .gid = kOrdinaryUid};
  return {.argv = std::move(argv),
          .environment = {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin"},
          .identity = std::move(identity),
          .view = FileView{.hidden = {state_folder},
                           .resolv_conf = render_resolv_conf(plan.hub(), "shop", "cluster.local")},
          .own_user_namespace = privilege != Privilege::kRoot};
}

Outcome PodLab::run(Launch what, const std::function<void(LaunchedProcess&)>& meanwhile) {
  std::array<int, 2> ends{};
  SEINE_CHECK(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0, "a pipe can be made");
  const Descriptor out(ends[0]);
  Descriptor in(ends[1]);
  what.output = what.errors = in.get();
  PrintWatcher watcher;
  SEINE_CHECK(loop.watch(out.get(), watcher).has_value(), "a pipe can be watched");
  Outcome outcome;
  auto process = launch(loop, pod, what);
  if (!process) {
    loop.unwatch(out.get());
    return {.exit = {.code = -1, .problem = process.error().to_string()}, .printed = {}};
  }
  in.reset();
  std::optional<Exit> exit;
  bool told = false;
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(wait_for(**process, exit));
  while (!exit.has_value()) {
    loop.run_turn(/*may_block=*/true);
    if (drain(out.get(), outcome.printed) && meanwhile && !std::exchange(told, true)) {
      meanwhile(**process);
    }
  }
  outcome.exit = std::move(*exit);
  drain(out.get(), outcome.printed);
  loop.unwatch(out.get());
  return outcome;
}

}  // namespace seine::netns::testing
