// SPDX-License-Identifier: Apache-2.0
#include "proxy/tap/tap_match.h"

#include <algorithm>

namespace seine::proxy {

namespace {

struct Matcher {
  const TapView& request;

  bool operator()(const TapMatch::All& all) const {
    return std::ranges::all_of(all.of, [&](const TapMatch& m) { return m.matches(request); });
  }
  bool operator()(const TapMatch::Any& any) const {
    return std::ranges::any_of(any.of, [&](const TapMatch& m) { return m.matches(request); });
  }
  bool operator()(const TapMatch::Not& inverse) const {
    return !inverse.of.front().matches(request);
  }
  bool operator()(const TapMatch::Network& network) const {
    return network.net.contains(at(network.end).ip);
  }
  bool operator()(const TapMatch::Ports& ports) const {
    const std::uint16_t port = at(ports.end).port;
    return ports.min <= port && port <= ports.max;
  }
  bool operator()(const TapMatch::Text& text) const {
    const std::string_view value = of(text.part);
    return text.prefix ? value.starts_with(text.value) : value == text.value;
  }
  bool operator()(const TapMatch::Label& label) const {
    const model::Labels& labels =
        label.of_route ? request.route_labels : request.destination_labels;
    const auto found = labels.find(label.key);
    return found != labels.end() && found->second == label.value;
  }

  const SocketAddr& at(TapMatch::End end) const {
    return end == TapMatch::End::kSource ? request.source : request.destination;
  }
  std::string_view of(TapMatch::Part part) const {
    switch (part) {
      case TapMatch::Part::kScheme: return request.scheme;
      case TapMatch::Part::kAuthority: return request.authority;
      case TapMatch::Part::kMethod: return request.method;
      case TapMatch::Part::kPath: break;
    }
    return request.path;
  }
};

}  // namespace

bool TapMatch::matches(const TapView& request) const {
  return std::visit(Matcher{request}, kind);
}

}  // namespace seine::proxy
