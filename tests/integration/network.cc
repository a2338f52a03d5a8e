// SPDX-License-Identifier: Apache-2.0
#include "network.h"

#include <sched.h>

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "child.h"

namespace seine::integration {
namespace {

void ip(std::vector<std::string> arguments) {
  SEINE_CHECK(run("/bin/ip", std::move(arguments)).exit_code == 0, "iproute2 is installed");
}

}  // namespace

void enter_own_network() {
  SEINE_CHECK(::unshare(CLONE_NEWNET) == 0, "integration tests run as root");
  ip({"link", "set", "lo", "up"});
  for (const char* address : {kOwnAddress, kOtherAddress}) {
    ip({"address", "add", std::string(address) + "/32", "dev", "lo"});
  }
}

}  // namespace seine::integration
