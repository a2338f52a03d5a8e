// SPDX-License-Identifier: Apache-2.0
// Whatever the file says, it is a registry that can be served and written again, or a sentence.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "control/registry/lease_table.h"
#include "control/registry/registry_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const control::RegistryScope scope{
      .cluster = "test",
      .pods = control::AddressRange::parse("10.77.0.0/28,fd5e::/64").value(),
      .services = control::AddressRange::parse("10.78.0.0/28,fd5f::/64").value()};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = control::parse_registry(text, scope, control::MeshNames{});
  if (!parsed) {
    SEINE_CHECK(!parsed.error().message.empty(), "a refusal says why");
    return 0;
  }
  const std::string written = control::encode_registry(scope, parsed->state);
  const auto again = control::parse_registry(written, scope, control::MeshNames{});
  SEINE_CHECK(again && again->state == parsed->state, "what was read can be written and read");
  control::LeaseTable table(scope);
  table.restore(parsed->state, Duration::zero());
  const auto snapshot = table.snapshot();
  SEINE_CHECK(table.size() <= parsed->state.leases.size(), "nobody joins by a file");
  SEINE_CHECK(snapshot->workloads().size() <= table.size(), "a workload has a pod");
  table.pass(std::chrono::hours(1));
  SEINE_CHECK(table.size() == 0, "leases end");
  return 0;
}
