// SPDX-License-Identifier: Apache-2.0
#include "netns/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"

namespace seine::netns {

namespace {

constexpr std::size_t kMaxSysctl = 4096;

// One is Debian's older switch, one Ubuntu's: with the second, user namespaces can be made but
// nothing can be done in them.
struct Switch {
  std::string_view name;
  std::string_view refusing;
  std::string_view allowing;
};
constexpr Switch kSwitches[] = {
    {"kernel.unprivileged_userns_clone", "0", "1"},
    {"kernel.apparmor_restrict_unprivileged_userns", "1", "0"},
    {"user.max_user_namespaces", "0", "10000"},
};

std::optional<std::string> refusing_switch(const SysctlReader& sysctl) {
  for (const Switch& one : kSwitches) {
    if (sysctl(one.name) == one.refusing) {
      return "the sysctl " + std::string(one.name) + " is " + std::string(one.refusing) +
             "; as root: sysctl -w " + std::string(one.name) + "=" + std::string(one.allowing) +
             ", or run this as root";
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Capabilities> current_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot read our capabilities");
  }
  const auto join = [](std::uint32_t low, std::uint32_t high) {
    return std::uint64_t{high} << 32 | low;
  };
  return Capabilities{join(data[0].effective, data[1].effective),
                      join(data[0].permitted, data[1].permitted),
                      join(data[0].inheritable, data[1].inheritable)};
}

Result<void> set_capabilities(const Capabilities& wanted) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (int half = 0; half < 2; ++half) {
    data[half].effective = static_cast<std::uint32_t>(wanted.effective >> (32 * half));
    data[half].permitted = static_cast<std::uint32_t>(wanted.permitted >> (32 * half));
    data[half].inheritable = static_cast<std::uint32_t>(wanted.inheritable >> (32 * half));
  }
  if (syscall(SYS_capset, &header, data) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot set our capabilities");
  }
  return {};
}

Result<void> keep_across_exec(unsigned capability) {
  Result<Capabilities> now = current_capabilities();
  if (!now) return fail(now.error());
  now->inheritable |= std::uint64_t{1} << capability;
  if (Result<void> set = set_capabilities(*now); !set) return set;
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
    return fail_errno(ErrorCode::kInternal, errno, "cannot keep a capability for a program");
  }
  return {};
}

bool may_make_namespaces() {
  const Result<Capabilities> now = current_capabilities();
  return now && now->has(CAP_SYS_ADMIN) && now->has(CAP_NET_ADMIN);
}

std::optional<std::string> read_sysctl(std::string_view name) {
  std::string path = "/proc/sys/" + std::string(name);
  std::replace(path.begin() + 10, path.end(), '.', '/');
  Result<std::string> text = read_file(path, kMaxSysctl);
  if (!text) return std::nullopt;
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return std::move(*text);
}

Error explain_no_user_namespace(int err, const SysctlReader& sysctl) {
  std::string message = "cannot make a user namespace: ";
  if (const auto reason = refusing_switch(sysctl)) {
    message += *reason;
  } else if (err == EINVAL) {
    message += "this process has threads already, or the kernel has none (CONFIG_USER_NS)";
  } else if (err == ENOSPC || err == EUSERS) {
    message += "there are as many, or as deep, as the sysctl user.max_user_namespaces allows";
  } else if (err == EPERM) {
    message +=
        "this container or sandbox forbids it (seccomp, or a changed root); allow it there, or "
        "run this as root outside";
  } else {
    message += "run this as root";
  }
  return errno_error(ErrorCode::kUnavailable, err, std::move(message));
}

Error explain_no_network_namespace(int err, const SysctlReader& sysctl) {
  std::string message = "cannot make a network namespace: ";
  if (err == ENOSPC) {
    message += "there are as many as the sysctl user.max_net_namespaces allows";
  } else if (err == EINVAL) {
    message += "this kernel has none (CONFIG_NET_NS)";
  } else if (const auto reason = refusing_switch(sysctl)) {
    message += *reason;
  } else {
    message += "it takes root, or a user namespace of one's own that may make them";
  }
  return errno_error(ErrorCode::kUnavailable, err, std::move(message));
}

}  // namespace seine::netns
