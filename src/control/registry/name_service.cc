// SPDX-License-Identifier: Apache-2.0
#include "control/registry/name_service.h"

#include <cstddef>
#include <string>
#include <utility>

#include "control/encode_values.h"
#include "control/registry/name_messages.h"
#include "control/registry/registry_limits.h"
#include "runtime/combine.h"

namespace seine::control {

namespace wire = seine::registry::v1;

namespace {

class NameService final : public RpcService {
 public:
  explicit NameService(const CallEnvironment& env) : env_(env) {}
  void serve(grpc::Methods& methods) override {
    methods.stream("/seine.registry.v1.Names/Watch", *this, &NameService::watch);
  }

 private:
  // One of kMaxNameWatches.
  struct Place {
    std::size_t& taken;
    explicit Place(std::size_t& count) : taken(count) { ++taken; }
    ~Place() { --taken; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
  };
  runtime::Task<grpc::Status> watch(const grpc::Context& call,
                                    const wire::WatchNamesRequest& request,
                                    grpc::Writer<wire::MeshNames>& out);

  const CallEnvironment env_;
  std::size_t watches_ = 0;
};

runtime::Task<grpc::Status> NameService::watch(const grpc::Context&, const wire::WatchNamesRequest&,
                                               grpc::Writer<wire::MeshNames>& out) {
  CountedCall counted(env_.metrics, "Names/Watch");
  if (watches_ >= kMaxNameWatches) {
    co_return counted.end(
        {grpc::StatusCode::kResourceExhausted, std::to_string(kMaxNameWatches) + " watch already"});
  }
  const Place place(watches_);
  SourceWatch source(env_);
  std::string sent;
  do {
    wire::MeshNames message;
    encode_names(env_.names.cluster_domain, *env_.source.current(), message);
    std::string bytes = deterministic_bytes(message);
    if (bytes != sent) {
      co_await out.write(message);
      sent = std::move(bytes);
    }
    // After what changed no name too: a thousand pods may begin to listen in the same second.
    co_await runtime::sleep_for(env_.loop, kNamePause);
  } while (co_await source.changed());
  co_return counted.end({});
}

}  // namespace

std::unique_ptr<RpcService> make_name_service(const CallEnvironment& env) {
  return std::make_unique<NameService>(env);
}

}  // namespace seine::control
