// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include "base/check.h"
#include "proxy/inbound/forwarded.h"

// Whatever stood in the header before, a gateway finds what it has added: in a field of its own, or
// in one with the other, as intermediaries may join them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr char kOwn[] = "gateway.multicluster.serviceaccount.identity.linkerd.west";
  const std::string before(reinterpret_cast<const char*>(data), size);
  const std::string added =
      seine::proxy::forwarded_value({.by = kOwn, .client = "web.shop.east", .authority = before});
  seine::http::Headers apart;
  apart.add("forwarded", before);
  apart.add("forwarded", added);
  SEINE_CHECK(seine::proxy::was_forwarded_by(apart, kOwn), "hidden");
  seine::http::Headers joined;
  joined.add("forwarded", before + ", " + added);
  SEINE_CHECK(seine::proxy::was_forwarded_by(joined, kOwn), "hidden by what stood before it");
  return 0;
}
