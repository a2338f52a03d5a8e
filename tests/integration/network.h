// SPDX-License-Identifier: Apache-2.0
// A network of the test's own: nothing a test does is seen by the host, and every port is free.
#pragma once

namespace seine::integration {

// An address that is not loopback but reachable on it.
inline constexpr char kOwnAddress[] = "10.99.7.1";

// Another, for a test that has two peers.
inline constexpr char kOtherAddress[] = "10.99.7.2";

// Moves this process (and its children to come) into a new network namespace with loopback up and
// both addresses on it. CHECKs that it may: these tests take root.
void enter_own_network();

}  // namespace seine::integration
