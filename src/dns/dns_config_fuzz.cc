// SPDX-License-Identifier: Apache-2.0
// resolv.conf and hosts never fail; they keep to their limits.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dns/system_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::dns;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ResolvConf conf = parse_resolv_conf(text);
  SEINE_CHECK(conf.servers.size() <= ResolvConf::kMaxServers, "servers");
  SEINE_CHECK(conf.ndots >= 0 && conf.ndots <= ResolvConf::kMaxNdots, "ndots");
  SEINE_CHECK(conf.attempts >= 1 && conf.attempts <= 5, "attempts");
  SEINE_CHECK(conf.timeout.count() >= 1 && conf.timeout.count() <= 30, "timeout");
  const Hosts hosts = Hosts::parse(text);
  SEINE_CHECK(hosts.find(Name::from_text("localhost").value()) != nullptr, "localhost");
  return 0;
}
