// SPDX-License-Identifier: Apache-2.0
// The example shop as pods: which programs, with which flags of `seine run` and of their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/state_dir.h"

namespace seine::cli {

inline constexpr char kShopNamespace[] = "shop";

struct ShopOptions {
  std::string folder;   // of examples/shop, built
  std::string node;     // the interpreter
  std::string tallies;  // a folder in which each program leaves NAME.json
  // Of purchases, and of fields of graph.
  double failure_rate = 0.05;
  // Of the purchases of web at payments v2, in the place of the other.
  std::optional<double> v2_failure_rate;
  double rate = 50;  // requests a second of traffic
  Duration time{};   // of traffic; zero: until it is told
};

struct ShopProgram {
  std::string name;                // "payments-2"; of the log and the tally
  std::vector<std::string> flags;  // of `seine run`
  std::vector<std::string> command;
  bool serves = true;  // says "listening"
};

// Those that serve, in the order in which they need each other.
std::vector<ShopProgram> shop_services(const ShopOptions& options);
ShopProgram shop_traffic(const ShopOptions& options);

// examples/shop of the checkout that the program was built in, or ../share/seine/examples/shop
// beside an installed one; `flag` (--shop) if that is not empty. Error kInvalidConfig: it is not
// there, or not built, with the command that builds it.
Result<std::string> find_shop(const std::string& flag);
// `node` of PATH. Error kUnavailable, with what to install.
Result<std::string> find_node(const Environment& environment);

}  // namespace seine::cli
