// SPDX-License-Identifier: Apache-2.0
// The fixture of tests against the real kernel. Each runs twice: as root, and as an ordinary user
// in a user namespace of their own. A machine that forbids one of the two is told so in the output.
//
#pragma once

#include "gtest/gtest.h"

#include "netns/testing/child.h"

namespace seine::netns::testing {

class KernelTest : public ::testing::TestWithParam<Privilege> {
 protected:
  void SetUp() override {
    if (const auto reason = reason_to_skip(GetParam())) GTEST_SKIP() << *reason;
  }
  void run(const std::function<void()>& body) { run_in_child(GetParam(), body); }
};

inline std::string name_of_privilege(const ::testing::TestParamInfo<Privilege>& info) {
  return privilege_name(info.param);
}

}  // namespace seine::netns::testing

// The two ways in which every test of `fixture` runs.
#define SEINE_RUN_AS_ROOT_AND_USER(fixture)                                              \
  INSTANTIATE_TEST_SUITE_P(As, fixture,                                                  \
                           ::testing::Values(::seine::netns::testing::Privilege::kRoot,  \
                                             ::seine::netns::testing::Privilege::kUser), \
                           ::seine::netns::testing::name_of_privilege)
