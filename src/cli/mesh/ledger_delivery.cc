// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/ledger_delivery.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/mesh/registry_client.h"
#include "netns/sweep.h"
#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/dead_ledger.h"

namespace seine::cli {

namespace api = seine::telemetry::v1;
using runtime::Task;

namespace {

class RegistrySink final : public telemetry::ReportSink {
 public:
  explicit RegistrySink(RegistryClient& registry) : registry_(registry) {}

  Task<Result<std::vector<std::uint64_t>>> report(std::string request) override {
    api::ReportRequest report;
    if (!report.ParseFromString(request)) {
      co_return fail(ErrorCode::kInvalidArgument, "a report that is no message");
    }
    auto taken = co_await registry_.call<api::ReportResponse>(
        "/seine.telemetry.v1.Telemetry/Report", std::move(report));
    if (!taken) co_return fail(std::move(taken.error()));
    co_return std::vector<std::uint64_t>(taken->acknowledged().begin(),
                                         taken->acknowledged().end());
  }

 private:
  RegistryClient& registry_;
};

}  // namespace

bool keep_ledgers(const std::string& pod_folder, const MeshFolder& folder) {
  bool all = true;
  for (const std::string& path : telemetry::find_ledgers(proxy_folder(pod_folder))) {
    std::error_code failed;
    const std::string kept =
        folder.ledgers() + "/" + std::filesystem::path(path).filename().string();
    std::filesystem::rename(path, kept, failed);
    if (failed) all = false;
  }
  return all;
}

void sweep_pods(const MeshFolder& folder) {
  netns::sweep_folders(folder.pods(),
                       [&folder](const std::string& dead) { return keep_ledgers(dead, folder); });
}

Task<void> deliver_ledgers(runtime::EventLoop& loop, const Log& log, const std::string& folder,
                           RegistryClient& registry) {
  RegistrySink sink(registry);
  for (const std::string& path : telemetry::find_ledgers(folder)) {
    std::uint64_t dropped = 0;
    const auto delivered = co_await telemetry::deliver(loop.clock(), path, sink, &dropped);
    if (dropped > 0) {
      log_warn(log, "counts of a proxy that is gone were refused for good",
               {{"ledger", path}, {"buckets", std::to_string(dropped)}});
    }
    if (!delivered && delivered.error().code == ErrorCode::kProtocol) {
      log_warn(log, "a ledger of a proxy that is gone cannot be read",
               {{"reason", delivered.error().to_string()}});
    }
  }
  for (const std::string& path : telemetry::remove_unreadable(folder)) {
    log_warn(log, "a ledger that could not be read was removed: newer ones lie there",
             {{"ledger", path}});
  }
}

}  // namespace seine::cli
