// SPDX-License-Identifier: Apache-2.0
// A small zone for tests: the shop's services, and one that is headless.
#pragma once

#include <memory>
#include <string_view>

#include "dns/zone.h"

namespace seine::dns::testing {

// Of namespace shop: web (10.96.0.1, ports http 80 and 9000 without a name, pod web-0 10.97.0.5),
// ledger (headless, port grpc 50051, pods ledger-0 10.97.0.6 and ledger-1 10.97.0.7), idle
// (headless, no pods). Of namespace other: web (10.96.0.2). Reverse names of 10.96.0.0/15, the host
// at 10.97.255.254, serial 7.
inline ZoneSpec shop_spec() {
  const auto ip = [](std::string_view text) { return IpAddress::parse(text).value(); };
  ZoneSpec spec;
  spec.cluster_domain = Name::from_text("cluster.local").value();
  spec.serial = 7;
  spec.reverse_ranges = {IpNet::parse("10.96.0.0/15").value()};
  spec.host = ip("10.97.255.254");
  spec.services = {{.name = "web",
                    .namespace_name = "shop",
                    .addresses = {ip("10.96.0.1")},
                    .ports = {{"http", "tcp", 80}, {"", "tcp", 9000}},
                    .pods = {{"web-0", ip("10.97.0.5")}}},
                   {.name = "ledger",
                    .namespace_name = "shop",
                    .ports = {{"grpc", "tcp", 50051}},
                    .pods = {{"ledger-0", ip("10.97.0.6")}, {"ledger-1", ip("10.97.0.7")}}},
                   {.name = "idle", .namespace_name = "shop"},
                   {.name = "web", .namespace_name = "other", .addresses = {ip("10.96.0.2")}}};
  return spec;
}

inline std::shared_ptr<const Zone> shop_zone() {
  return Zone::make(shop_spec()).value();
}

}  // namespace seine::dns::testing
