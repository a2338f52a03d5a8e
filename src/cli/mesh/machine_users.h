// SPDX-License-Identifier: Apache-2.0
// What the machine's database of users and groups says about ids.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>

namespace seine::cli {

// Of proxies, where there is more than one uid to be had: the first, and the last that is tried.
inline constexpr uid_t kProxyUid = 2102;
inline constexpr uid_t kLastProxyUid = 2199;

// Whether a user, or a group, has that id.
bool is_somebody(uid_t id);

// The first id in kProxyUid..kLastProxyUid that is nobody's, so that a proxy has no rights over
// anyone's files, and nobody those of a proxy.
std::optional<uid_t> choose_proxy_uid(const std::function<bool(uid_t)>& is_taken = is_somebody);

// "ada", or "user 1000" for one who has no name.
std::string user_name(uid_t uid);

}  // namespace seine::cli
