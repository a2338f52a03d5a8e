// SPDX-License-Identifier: Apache-2.0
// From flags as they were written to options.
#pragma once

#include <string>

#include "base/result.h"
#include "control/options.h"

namespace seine::control {

// Those that are not texts in Options already. Empty: not given.
struct OptionTexts {
  std::string listen_identity = "127.0.0.1:8080";
  std::string listen_destination = "127.0.0.1:8086";
  std::string listen_policy = "127.0.0.1:8090";
  std::string admin_listen = "127.0.0.1:9990";
  std::string issuance_lifetime = "24h";
  std::string default_inbound_policy;
  std::string cluster_networks;
  std::string registry_dir;
  std::string cluster_name;
  std::string pod_networks;
  std::string service_networks;
  std::string web_listen;
  std::string assets;
  std::string log_level = "info";
  std::string log_format = "plain";
};

// Error kInvalidConfig, which opens with the flag that is wrong.
Result<void> read_options(const OptionTexts& texts, Options& options);

}  // namespace seine::control
