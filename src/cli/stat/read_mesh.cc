// SPDX-License-Identifier: Apache-2.0
#include "cli/stat/read_mesh.h"

#include <cerrno>
#include <chrono>
#include <optional>
#include <utility>

#include "cli/mesh/registry_client.h"
#include "runtime/event_loop.h"
#include "runtime/task_scope.h"

namespace seine::cli {

namespace registry = seine::registry::v1;
namespace wire = seine::telemetry::v1;

namespace {

constexpr char kRead[] = "/seine.telemetry.v1.Window/Read";

runtime::Task<Result<MeshReading>> read(RegistryClient& client, Duration last) {
  auto list = co_await client.call<registry::ListResponse>("List", registry::ListRequest());
  if (!list) co_return fail(std::move(list.error()));
  wire::ReadRequest request;
  request.mutable_last()->set_seconds(
      std::chrono::duration_cast<std::chrono::seconds>(last).count());
  auto window = co_await client.call<wire::ReadResponse>(kRead, std::move(request));
  if (!window) co_return fail(std::move(window.error()));
  co_return MeshReading{*std::move(list), *std::move(window)};
}

[[clang::coro_wrapper]] runtime::Task<Result<registry::ListResponse>> list(RegistryClient& client) {
  return client.call<registry::ListResponse>("List", registry::ListRequest());
}

template <class T>
runtime::Task<void> store(runtime::Task<Result<T>> task, std::optional<Result<T>>& out,
                          runtime::EventLoop& loop) {
  out.emplace(co_await std::move(task));
  loop.stop();
}

template <class T>
Result<T> run(runtime::EventLoop& loop, const MeshFolder& folder, runtime::Task<Result<T>> task) {
  std::optional<Result<T>> result;
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(store(std::move(task), result, loop));
  loop.run();
  scope.cancel();
  if (*result) return *std::move(result);
  const Error& error = result->error();
  const bool is_nobody = error.cause == Error::Cause::kErrno &&
                         (error.cause_code == ENOENT || error.cause_code == ECONNREFUSED ||
                          error.cause_code == ENOTDIR);
  return fail(is_nobody ? no_mesh(folder) : error);
}

}  // namespace

Result<MeshReading> read_mesh(const Clock& clock, const MeshFolder& folder, Duration last,
                              Duration patience) {
  runtime::EventLoop loop(clock);
  RegistryClient client(loop, folder.registry_socket(), patience);
  return run(loop, folder, read(client, last));
}

Result<registry::ListResponse> list_mesh(const Clock& clock, const MeshFolder& folder,
                                         Duration patience) {
  runtime::EventLoop loop(clock);
  RegistryClient client(loop, folder.registry_socket(), patience);
  return run(loop, folder, list(client));
}

}  // namespace seine::cli
