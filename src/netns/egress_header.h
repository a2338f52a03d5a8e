// SPDX-License-Identifier: Apache-2.0
// What a proxy says to the egress relay before the bytes, and what it hears: one line each.
//
//   egress/1 192.0.2.1:443\n          the connection it wants made on the machine's own network
//   ok\n                              from here on, bytes both ways
//   no connect refused; 192.0.2.1:443: ECONNREFUSED\n     and the end
//
// Both parsers are handed all bytes so far and answer nullopt until the line is complete; `size` is
// what the line takes of them. Error kProtocol, at the latest when the limit is reached.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/net.h"
#include "base/result.h"

namespace seine::netns {

inline constexpr std::size_t kMaxEgressRequest = 64;
inline constexpr std::size_t kMaxEgressAnswer = 512;

struct EgressRequest {
  SocketAddr to;
  std::size_t size = 0;
};
std::string write_egress_request(const SocketAddr& to);
Result<std::optional<EgressRequest>> parse_egress_request(std::string_view bytes);

struct EgressAnswer {
  // What the relay met, with the code of its own error; nothing: connected.
  std::optional<Error> refusal;
  std::size_t size = 0;
};
std::string write_egress_ok();
// Cut to the limit; characters that would break the line are replaced.
std::string write_egress_refusal(const Error& error);
Result<std::optional<EgressAnswer>> parse_egress_answer(std::string_view bytes);

}  // namespace seine::netns
