// SPDX-License-Identifier: Apache-2.0
// What `seine run` was told, checked.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "model/declared_route.h"

namespace seine::cli {

enum class PortProtocol : std::uint8_t { kDetect, kHttp1, kHttp2, kGrpc, kOpaque, kTls };

struct DeclaredPort {
  std::uint16_t number = 0;
  PortProtocol protocol = PortProtocol::kDetect;
  friend bool operator==(const DeclaredPort&, const DeclaredPort&) = default;
};

struct PublishedPort {
  SocketAddr listen;  // on the machine; port 0: any
  std::uint16_t target = 0;
  bool or_any_port = false;  // where the one of `listen` is taken
  friend bool operator==(const PublishedPort&, const PublishedPort&) = default;
};

// The flags as they were given.
struct RunFlags {
  std::string name;
  std::string mesh_namespace = "default";
  std::string service;
  std::vector<std::string> ports;
  std::vector<std::string> routes;
  std::vector<std::string> labels;
  std::string version;
  std::vector<std::string> publish;
  std::vector<std::string> host_ports;
  bool no_egress = false;
  std::string proxy_log_level = "warn";
  std::vector<std::string> command;
};

struct RunOptions {
  std::string name;
  std::string mesh_namespace;
  std::string service;
  std::vector<DeclaredPort> ports;  // those published as well
  std::vector<model::DeclaredRoute> routes;
  std::map<std::string, std::string> labels;
  std::string version;
  std::vector<PublishedPort> publish;
  std::set<std::uint16_t> host_ports;
  bool egress = true;
  std::string proxy_log_level;
  std::vector<std::string> command;
};

// Errors kInvalidConfig: the flag, what it may be.
Result<RunOptions> check_run_flags(const RunFlags& flags);

}  // namespace seine::cli
