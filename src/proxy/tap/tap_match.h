// SPDX-License-Identifier: Apache-2.0
// Which requests a tap is about. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/net.h"
#include "model/endpoint.h"

namespace seine::proxy {

// A request as matches see it; borrowed for the length of a call.
struct TapView {
  SocketAddr source;
  SocketAddr destination;
  const model::Labels& destination_labels;
  const model::Labels& route_labels;
  std::string_view scheme;     // "http" where the request does not say
  std::string_view authority;  // as the client wrote it
  std::string_view method;
  std::string_view path;  // without query
};

struct TapMatch {
  struct All {  // of nothing: every request
    std::vector<TapMatch> of;
    friend bool operator==(const All&, const All&) = default;
  };
  struct Any {  // of nothing: none
    std::vector<TapMatch> of;
    friend bool operator==(const Any&, const Any&) = default;
  };
  struct Not {
    std::vector<TapMatch> of;  // exactly one
    friend bool operator==(const Not&, const Not&) = default;
  };
  enum class End : std::uint8_t { kSource, kDestination };
  struct Network {
    End end = End::kSource;
    IpNet net;
    friend bool operator==(const Network&, const Network&) = default;
  };
  struct Ports {  // inclusive
    End end = End::kSource;
    std::uint16_t min = 0;
    std::uint16_t max = 0;
    friend bool operator==(const Ports&, const Ports&) = default;
  };
  enum class Part : std::uint8_t { kScheme, kAuthority, kMethod, kPath };
  struct Text {
    Part part = Part::kPath;
    bool prefix = false;
    std::string value;
    friend bool operator==(const Text&, const Text&) = default;
  };
  struct Label {
    bool of_route = false;  // else of the destination
    std::string key;
    std::string value;
    friend bool operator==(const Label&, const Label&) = default;
  };

  std::variant<All, Any, Not, Network, Ports, Text, Label> kind;

  bool matches(const TapView& request) const;
  friend bool operator==(const TapMatch&, const TapMatch&) = default;
};

}  // namespace seine::proxy
