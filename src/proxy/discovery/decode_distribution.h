// SPDX-License-Identifier: Apache-2.0
// Which backends a rule sends to: the same for the four kinds of outbound route, but for the type
// of their filters. `decode_one` turns one filter message into a FilterType.
#pragma once

#include <vector>

#include "model/client_policy.h"
#include "proxy/discovery/decode_backend.h"
#include "proxy/discovery/decode_values.h"

namespace seine::proxy {

template <class FilterType, class Messages, class DecodeOne>
Result<std::vector<FilterType>> decode_filters(const Messages& messages,
                                               const DecodeOne& decode_one) {
  return decode_each<FilterType>("filters", messages, decode_one);
}

template <class FilterType, class Message, class DecodeOne>
Result<model::RouteBackend<FilterType>> decode_route_backend(const Message& message,
                                                             std::uint32_t weight,
                                                             const DecodeOne& decode_one) {
  Result<model::Backend> backend = decode_backend(message.backend());
  if (!backend) return refused_in("backend", backend);
  auto filters = decode_filters<FilterType>(message.filters(), decode_one);
  if (!filters) return fail(std::move(filters).error());
  model::RouteBackend<FilterType> route_backend{
      .backend = *std::move(backend), .weight = weight, .filters = *std::move(filters)};
  if constexpr (requires { message.has_requesttimeout(); }) {
    auto timeout = decode_optional_duration("requestTimeout", message.has_requesttimeout(),
                                            message.requesttimeout());
    if (!timeout) return fail(std::move(timeout).error());
    route_backend.request_timeout = *timeout;
  }
  return route_backend;
}

// `Message` is the Distribution of one of the four kinds of route.
template <class FilterType, class Message, class DecodeOne>
Result<model::Distribution<FilterType>> decode_distribution(bool is_set, const Message& message,
                                                            const DecodeOne& decode_one) {
  using Out = model::Distribution<FilterType>;
  using OneBackend = model::RouteBackend<FilterType>;
  if (!is_set) return refuse_policy("backends is missing");
  Result<std::vector<OneBackend>> backends;
  typename Out::Kind kind = Out::Kind::kEmpty;
  switch (message.kind_case()) {
    case Message::kEmpty: return Out{};
    case Message::kFirstAvailable:
      kind = Out::Kind::kFirstAvailable;
      backends = decode_each<OneBackend>(
          "backends", message.first_available().backends(),
          [&](const auto& one) { return decode_route_backend<FilterType>(one, 1, decode_one); });
      break;
    case Message::kRandomAvailable:
      kind = Out::Kind::kRandomAvailable;
      backends = decode_each<OneBackend>(
          "backends", message.random_available().backends(), [&](const auto& one) {
            return decode_route_backend<FilterType>(one.backend(), one.weight(), decode_one);
          });
      break;
    case Message::KIND_NOT_SET: return refuse_policy("backends has no kind");
  }
  if (!backends) return fail(std::move(backends).error());
  return Out{kind, *std::move(backends)};
}

}  // namespace seine::proxy
