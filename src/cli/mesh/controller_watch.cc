// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/controller_watch.h"

#include <chrono>
#include <utility>

#include "cli/mesh/ledger_delivery.h"
#include "cli/mesh/registry_client.h"
#include "runtime/combine.h"
#include "seine/registry/v1/registry.pb.h"

namespace seine::cli {

using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr Duration kSweepEvery = 2s;
constexpr Duration kAskAgain = 20ms;

}  // namespace

Task<Result<void>> wait_controller(runtime::EventLoop& loop, std::string registry_socket) {
  RegistryClient registry(loop, std::move(registry_socket), 1s);
  for (;;) {
    const auto listed = co_await registry.call<seine::registry::v1::ListResponse>(
        "List", seine::registry::v1::ListRequest());
    if (listed) co_return Result<void>();
    co_await runtime::sleep_for(loop, kAskAgain);
  }
}

Task<void> sweep_forever(runtime::EventLoop& loop, const Log& log, const MeshFolder& folder) {
  RegistryClient registry(loop, folder.registry_socket());
  for (;;) {
    co_await runtime::sleep_for(loop, kSweepEvery);
    sweep_pods(folder);
    co_await deliver_ledgers(loop, log, folder.ledgers(), registry);
  }
}

}  // namespace seine::cli
