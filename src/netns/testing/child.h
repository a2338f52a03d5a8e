// SPDX-License-Identifier: Apache-2.0
// A test's body in a process of its own: namespaces, uids and capabilities that it changes are gone
// with it. As root, and as an ordinary user within a user namespace, which is what `seine up` is.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace seine::netns::testing {

// Nobody's uid; where the tests themselves run without root, their own is used.
inline constexpr uid_t kOrdinaryUid = 65534;
inline constexpr uid_t kProxyUid = 2102;

// A user may have a second uid in their namespace, by newuidmap(1) and /etc/subuid.
enum class Privilege : std::uint8_t { kRoot, kUser, kUserWithProxyUid };
std::string privilege_name(Privilege privilege);

// Why this machine cannot run bodies so; nothing if it can.
std::optional<std::string> reason_to_skip(Privilege privilege);

// Runs `body` in a forked child that may make namespaces, and fails the test if an expectation in
// it failed or it ended otherwise than by returning. At most four minutes.
void run_in_child(Privilege privilege, const std::function<void()>& body);

// Becomes an ordinary user, for the calling process alone: no groups, no capabilities.
void become_ordinary_user();

}  // namespace seine::netns::testing
