// SPDX-License-Identifier: Apache-2.0
// Whatever is taken is written, in both forms, as text that is taken as the same objectives.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dive/slo/objective_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::dive;
  const auto file = parse_objectives({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (!file) {
    SEINE_CHECK(file.error().message.starts_with("fuzz.yaml:"), "a refusal names its place");
    return 0;
  }
  const auto own = parse_objectives(write_objectives(file->objectives), "own.yaml");
  SEINE_CHECK(own && own->objectives == file->objectives, "our form loses nothing");
  if (file->objectives.empty()) return 0;
  const auto other = parse_objectives(write_openslo(file->objectives), "other.yaml");
  SEINE_CHECK(other && other->objectives == file->objectives, "OpenSLO loses nothing");
  SEINE_CHECK(other->notes.empty(), "what we write is kept");
  return 0;
}
