// SPDX-License-Identifier: Apache-2.0
// IPv6 addresses of a link work only once the link has a carrier, which the kernel notices on a
// thread of its own: a listener bound too early fails with EADDRNOTAVAIL.
#pragma once

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "netns/namespace.h"

namespace seine::netns {

// Returns once `ip` is an address that works in `inside`; blocks until the kernel says so. Error
// kTimeout after `limit` (of real time, the kernel's own).
Result<void> wait_for_address(const NetworkNamespace& inside, const IpAddress& ip, Duration limit);

}  // namespace seine::netns
