// SPDX-License-Identifier: Apache-2.0
// Whatever the file says, it is a snapshot that finds its own pods and services, or a sentence.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "control/registry/workload_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const auto snapshot = control::parse_workload_file({reinterpret_cast<const char*>(data), size});
  if (!snapshot) {
    SEINE_CHECK(snapshot.error().code == ErrorCode::kInvalidConfig ||
                    snapshot.error().code == ErrorCode::kLimit,
                "a refusal is one of the configuration");
    SEINE_CHECK(!snapshot.error().message.empty(), "a refusal says why");
    return 0;
  }
  for (const control::Workload& workload : (*snapshot)->workloads()) {
    for (const control::Pod& pod : workload.pods) {
      SEINE_CHECK((*snapshot)->find_pod(workload.ns, pod.name).pod == &pod, "a pod is found");
    }
  }
  for (const control::Service& service : (*snapshot)->services()) {
    SEINE_CHECK((*snapshot)->find_service(service.ns, service.name) == &service,
                "a service is found");
  }
  return 0;
}
