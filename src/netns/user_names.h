// SPDX-License-Identifier: Apache-2.0
// Users of this machine by their names.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace seine::netns {

// Who a user of our user namespace is outside of it, by the text of /proc/self/uid_map; the same
// where the map does not say.
uid_t outside_user(uid_t uid, std::string_view uid_map);

// "ada", or "1000" for one without a name. Asks the machine's database of users, which may be slow.
std::string user_name(uid_t uid);

// Of a caller as OwnerSocket names it: "uid 1000". Empty for what names none.
std::string name_of_caller(std::string_view caller);

}  // namespace seine::netns
