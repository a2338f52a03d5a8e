// SPDX-License-Identifier: Apache-2.0
// A caller's context is a namespace, or nothing at all, or refused with a sentence.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "control/caller.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const auto context = control::parse_caller_context({reinterpret_cast<const char*>(data), size});
  if (!context) {
    SEINE_CHECK(!context.error().message.empty(), "a refusal says why");
  } else {
    SEINE_CHECK(!context->ns.empty() || *context == control::CallerContext{},
                "a pod has a namespace");
  }
  return 0;
}
