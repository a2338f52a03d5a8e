// SPDX-License-Identifier: Apache-2.0
#include "netns/privileges.h"

#include <errno.h>
#include <linux/capability.h>

#include <map>

#include "netns/testing/kernel_test.h"

namespace seine::netns {
namespace {

SysctlReader machine(std::map<std::string, std::string, std::less<>> values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

TEST(Privileges, the_sysctl_that_forbids_user_namespaces_is_named_with_its_cure) {
  const Error debian =
      explain_no_user_namespace(EPERM, machine({{"kernel.unprivileged_userns_clone", "0"}}));
  EXPECT_EQ(debian.code, ErrorCode::kUnavailable);
  EXPECT_EQ(debian.message,
            "cannot make a user namespace: the sysctl kernel.unprivileged_userns_clone is 0; as "
            "root: sysctl -w kernel.unprivileged_userns_clone=1, or run this as root");
  const Error none =
      explain_no_user_namespace(ENOSPC, machine({{"user.max_user_namespaces", "0"}}));
  EXPECT_NE(none.message.find("user.max_user_namespaces is 0"), std::string::npos);
}

TEST(Privileges, ubuntus_switch_shows_when_the_network_namespace_is_refused) {
  const SysctlReader ubuntu = machine({{"kernel.unprivileged_userns_clone", "1"},
                                       {"kernel.apparmor_restrict_unprivileged_userns", "1"}});
  EXPECT_NE(explain_no_network_namespace(EPERM, ubuntu)
                .message.find("kernel.apparmor_restrict_unprivileged_userns=0"),
            std::string::npos);
}

TEST(Privileges, where_no_sysctl_forbids_the_cause_is_told_by_errno) {
  const SysctlReader open = machine({{"user.max_user_namespaces", "1000"}});
  EXPECT_NE(explain_no_user_namespace(EPERM, open).message.find("container"), std::string::npos);
  EXPECT_NE(explain_no_user_namespace(EINVAL, open).message.find("threads"), std::string::npos);
  EXPECT_NE(explain_no_user_namespace(ENOSPC, open).message.find("as many"), std::string::npos);
  EXPECT_NE(explain_no_network_namespace(ENOSPC, open).message.find("user.max_net_namespaces"),
            std::string::npos);
  EXPECT_NE(explain_no_network_namespace(EINVAL, open).message.find("CONFIG_NET_NS"),
            std::string::npos);
}

TEST(Privileges, a_sysctl_is_read_by_its_dotted_name) {
  EXPECT_TRUE(read_sysctl("kernel.ostype") == "Linux");
  EXPECT_EQ(read_sysctl("kernel.no_such_thing"), std::nullopt);
}

class PrivilegesKernel : public testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(PrivilegesKernel);

TEST_P(PrivilegesKernel, dropped_capabilities_do_not_come_back) {
  run([] {
    EXPECT_TRUE(may_make_namespaces());
    ASSERT_TRUE(set_capabilities({}));
    EXPECT_EQ(current_capabilities()->permitted, 0u);
    EXPECT_FALSE(may_make_namespaces());
    EXPECT_EQ(set_capabilities({.effective = 1, .permitted = 1}).error().cause_code, EPERM);
  });
}

TEST_P(PrivilegesKernel, a_kept_capability_is_ambient) {
  run([] {
    ASSERT_TRUE(keep_across_exec(CAP_NET_ADMIN));
    EXPECT_NE(current_capabilities()->inheritable >> CAP_NET_ADMIN & 1, 0u);
  });
}

}  // namespace
}  // namespace seine::netns
