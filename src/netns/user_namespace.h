// SPDX-License-Identifier: Apache-2.0
// The user namespace in which everything happens where there is no root. `up` makes one and moves
// in; `run`, another process of the same user, is passed its descriptor and joins. Outside of it
// the two are ordinary processes: files, and the host's network, are what they were.
//
// Entering takes a process with one thread, so both do it first of all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace seine::netns {

// A user keeps their uid and gid inside. A second uid, for proxies, is there only where
// newuidmap(1) and a line in /etc/subuid allow it; without one, proxies are told apart by mark.
struct UserMapping {
  uid_t uid = 0;
  gid_t gid = 0;
  std::optional<uid_t> proxy_uid;
};

// `wanted_proxy_uid`: the uid inside that a subordinate uid gets, if there is one.
// Error kUnavailable: what forbids it, and what to change.
Result<UserMapping> enter_new_user_namespace(uid_t wanted_proxy_uid);

// The calling process's own, to pass on.
Result<Descriptor> current_user_namespace();
// Error kInvalidArgument: no user namespace; kUnavailable: it is not one of this user's.
Result<void> join_user_namespace(const Descriptor& fd);

// The first of the ids that a line of /etc/subuid or /etc/subgid gives to `name` or `id`; lines
// that are not in the form name:first:count are passed over.
std::optional<std::uint32_t> first_subordinate_id(std::string_view file, std::string_view name,
                                                  std::uint32_t id);

}  // namespace seine::netns
