// SPDX-License-Identifier: Apache-2.0
#include "control/tap/tap_service.h"

#include <string>
#include <utility>

#include "control/tap/tap_watch.h"

namespace seine::control {

namespace wire = seine::tap::v1;

namespace {

class TapService final : public RpcService {
 public:
  explicit TapService(const TapServiceContext& context) : context_(context) {}
  void serve(grpc::Methods& methods) override {
    methods.stream("/seine.tap.v1.Tap/Watch", *this, &TapService::watch);
  }

 private:
  // One of kMaxTapWatches.
  struct Place {
    std::size_t& taken;
    explicit Place(std::size_t& count) : taken(count) { ++taken; }
    ~Place() { --taken; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
  };
  runtime::Task<grpc::Status> watch(const grpc::Context& call, const wire::WatchRequest& request,
                                    grpc::Writer<wire::WatchEvent>& writer);

  const TapServiceContext context_;
  std::size_t watches_ = 0;
};

Result<void> check_target(const TapServiceContext& context, const TapWish& wish) {
  const auto snapshot = context.source.current();
  if (auto exists = check_exists(*snapshot, wish.target); !exists) return exists;
  if (wish.to) {
    if (auto exists = check_exists(*snapshot, *wish.to); !exists) return exists;
  }
  const std::size_t pods = select_pods(context.names, *snapshot, wish.target).size();
  if (pods <= kMaxTapPods) return {};
  return fail(ErrorCode::kLimit, wish.target.to_string() + " has " + std::to_string(pods) +
                                     " pods, and " + std::to_string(kMaxTapPods) +
                                     " can be watched at once; name a part of them");
}

runtime::Task<grpc::Status> TapService::watch(const grpc::Context& call,
                                              const wire::WatchRequest& request,
                                              grpc::Writer<wire::WatchEvent>& writer) {
  CountedCall counted(context_.metrics, "Watch");
  const auto wish = decode_tap_wish(request);
  if (!wish) co_return counted.end(grpc::to_status(wish.error()));
  if (watches_ >= kMaxTapWatches) {
    co_return counted.end(
        {grpc::StatusCode::kResourceExhausted, std::to_string(kMaxTapWatches) + " watch already"});
  }
  if (const auto checked = check_target(context_, *wish); !checked) {
    co_return counted.end(grpc::to_status(checked.error()));
  }
  const Place place(watches_);
  TapWatch watch(context_, *wish, call.peer_identity);
  co_return counted.end(co_await watch.run(writer));
}

}  // namespace

std::unique_ptr<RpcService> make_tap_service(const TapServiceContext& context) {
  return std::make_unique<TapService>(context);
}

}  // namespace seine::control
