// SPDX-License-Identifier: Apache-2.0
// What /etc/resolv.conf and /etc/hosts say, as values. Both are read as libc reads them: a line
// that makes no sense is passed over, since a machine must not lose its names to a stray word.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "dns/name.h"

namespace seine::dns {

inline constexpr std::size_t kMaxSystemFileBytes = 1 << 20;

struct ResolvConf {
  static constexpr std::size_t kMaxServers = 3;  // the next three as in resolv.conf(5)
  static constexpr std::size_t kMaxSearch = 32;
  static constexpr int kMaxNdots = 15;

  std::vector<SocketAddr> servers;  // none if the file names none; libc then asks 127.0.0.1
  std::vector<Name> search;
  int ndots = 1;
  std::chrono::seconds timeout{5};  // per question and server, 1 to 30
  int attempts = 2;                 // over all servers, 1 to 5
};
ResolvConf parse_resolv_conf(std::string_view text);

class Hosts {
 public:
  static constexpr std::size_t kMaxNames = 65536;

  static Hosts parse(std::string_view text);
  // Null if the file does not know the name. `localhost` and names below it are always loopback
  // (RFC 6761 6.3), whatever the file says.
  const std::vector<IpAddress>* find(const Name& name) const;

 private:
  Hosts();

  std::map<Name, std::vector<IpAddress>> by_name_;
  std::vector<IpAddress> loopback_;
  Name localhost_;
};

}  // namespace seine::dns
