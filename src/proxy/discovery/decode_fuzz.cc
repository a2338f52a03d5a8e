// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "proxy/discovery/decode_destination.h"
#include "proxy/discovery/decode_inbound.h"
#include "proxy/discovery/decode_outbound.h"
#include "proxy/discovery/decode_profile.h"

namespace {

// What is refused must say why; what is taken must equal itself decoded again.
template <class Message, class Decode>
void decode_bytes(const std::uint8_t* data, std::size_t size, const Decode& decode) {
  Message message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return;
  const auto once = decode(message);
  if (!once) {
    SEINE_CHECK(!once.error().message.empty(), "a refusal says why");
  } else if constexpr (requires { *once == *once; }) {
    SEINE_CHECK(*once == *decode(message), "decoding depends on the message alone");
  }
}

}  // namespace

// The first byte chooses the message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace io::linkerd::proxy;
  using namespace seine::proxy;
  if (size == 0) return 0;
  const std::uint8_t choice = data[0] % 4;
  ++data;
  --size;
  switch (choice) {
    case 0: decode_bytes<outbound::OutboundPolicy>(data, size, decode_outbound); break;
    case 1: decode_bytes<inbound::Server>(data, size, decode_inbound); break;
    case 2: decode_bytes<destination::DestinationProfile>(data, size, decode_profile); break;
    default: decode_bytes<destination::Update>(data, size, decode_update); break;
  }
  return 0;
}
