// SPDX-License-Identifier: Apache-2.0
// Whatever is taken for a zone tells an offset below a day at any time.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "dive/zones/zone_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const auto zone = dive::ZoneFile::parse({reinterpret_cast<const char*>(data), size});
  if (!zone) return 0;
  for (std::int64_t time = -8'000'000'000; time < 8'000'000'000; time += 777'777'777) {
    const Duration offset = zone->offset_at(WallTime(std::chrono::seconds(time)));
    SEINE_CHECK(offset < std::chrono::hours(26) && offset > -std::chrono::hours(26),
                "an offset is below a day and the hour of summer");
  }
  return 0;
}
