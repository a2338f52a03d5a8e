// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "proxy/tap/decode_tap_match.h"

// What is refused says why; what is taken can be asked about any request.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::proxy;
  io::linkerd::proxy::tap::ObserveRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  const auto match = decode_tap_match(request);
  if (!match) {
    SEINE_CHECK(!match.error().message.empty(), "a refusal says why");
    return 0;
  }
  const seine::model::Labels labels{{"namespace", "shop"}};
  const TapView view{.source = {},
                     .destination = {},
                     .destination_labels = labels,
                     .route_labels = labels,
                     .scheme = "http",
                     .authority = "web",
                     .method = "GET",
                     .path = "/"};
  TapMatch inverse{TapMatch::Not{}};
  std::get<TapMatch::Not>(inverse.kind).of.push_back(*match);
  SEINE_CHECK(match->matches(view) != inverse.matches(view), "a request matches or it does not");
  return 0;
}
