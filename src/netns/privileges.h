// SPDX-License-Identifier: Apache-2.0
// Whether this machine lets us make namespaces, and if not, which setting says so: sentences for an
// operator. Capabilities as the kernel has them, without a library.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::netns {

// Of the calling thread.
struct Capabilities {
  std::uint64_t effective = 0;
  std::uint64_t permitted = 0;
  std::uint64_t inheritable = 0;

  bool has(unsigned capability) const { return (effective >> capability & 1) != 0; }
};
Result<Capabilities> current_capabilities();
// Never adds: the kernel refuses with EPERM what is not permitted already.
Result<void> set_capabilities(const Capabilities& wanted);
// Lets programs that the calling thread starts keep `capability`, whatever their uid.
Result<void> keep_across_exec(unsigned capability);

// Whether network, pid and mount namespaces can be made as we are: root outside of containers, or
// anyone in a user namespace of their own. If not, make a user namespace first.
bool may_make_namespaces();

// The value of a sysctl by its dotted name, without the newline; nothing if there is none.
using SysctlReader = std::function<std::optional<std::string>(std::string_view name)>;
std::optional<std::string> read_sysctl(std::string_view name);

// Why unshare(CLONE_NEWUSER) failed with `err`: kUnavailable, and what to change.
Error explain_no_user_namespace(int err, const SysctlReader& sysctl);
// Why a network namespace could not be made, in a user namespace or out of one.
Error explain_no_network_namespace(int err, const SysctlReader& sysctl);

}  // namespace seine::netns
