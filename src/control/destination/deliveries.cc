// SPDX-License-Identifier: Apache-2.0
#include "control/destination/deliveries.h"

#include <algorithm>

#include "runtime/combine.h"

namespace seine::control {
namespace {

bool has_any(const EndpointSet* set, std::span<const IpAddress> ips) {
  if (set == nullptr) return false;
  return std::ranges::any_of(ips, [set](const IpAddress& ip) {
    // Ordered by address, then port.
    const auto first = set->endpoints.lower_bound(SocketAddr{ip, 0});
    return first != set->endpoints.end() && first->first.ip == ip;
  });
}

}  // namespace

bool Deliveries::Stream::knows_any(std::span<const IpAddress> ips) const {
  return has_any(known_.get(), ips) || has_any(next_.get(), ips);
}

std::size_t Deliveries::count_knowing(std::span<const IpAddress> ips) {
  std::size_t count = 0;
  streams_.for_each([&](const Stream& stream) { count += stream.knows_any(ips) ? 1 : 0; });
  return count;
}

runtime::Task<Result<void>> Deliveries::unknown(runtime::EventLoop& loop,
                                                std::span<const IpAddress> ips) {
  runtime::Waker waker(loop);
  ChangeNotifier::Watch watch;
  while (count_knowing(ips) > 0) {
    changes_.arm(watch, waker);
    co_await waker.wait();
  }
  co_return Result<void>();
}

runtime::Task<std::size_t> Deliveries::wait_until_unknown(runtime::EventLoop& loop,
                                                          std::span<const IpAddress> ips,
                                                          Duration limit) {
  (void)co_await runtime::with_deadline(loop, limit, ErrorCode::kTimeout, "a goodbye",
                                        unknown(loop, ips));
  co_return count_knowing(ips);
}

}  // namespace seine::control
