// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "web/target.h"
#include "web/text.h"

// No segment is anything but a name, and a path that was read reads as itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto target = seine::web::parse_target(text);
  if (!target) return 0;
  SEINE_CHECK(target->segments.size() <= seine::web::kMaxSegments, "a path is bounded");
  SEINE_CHECK(target->query.size() <= seine::web::kMaxParameters, "a query is bounded");
  for (const std::string& segment : target->segments) {
    SEINE_CHECK(!segment.empty() && segment != "." && segment != "..", "a segment is a name");
    SEINE_CHECK(segment.find_first_of("/\\") == std::string::npos, "a segment is one name");
    SEINE_CHECK(seine::web::is_plain_text(segment), "a segment can be shown");
  }
  for (const auto& [name, value] : target->query.all()) {
    SEINE_CHECK(target->query.get(name) == value, "a parameter is there once");
    SEINE_CHECK(seine::web::is_plain_text(value), "a value can be shown");
  }
  const std::string path = target->path();
  if (path.find_first_of("%?") != std::string::npos || path.size() > seine::web::kMaxTarget)
    return 0;
  const auto again = seine::web::parse_target(path);
  SEINE_CHECK(again && again->segments == target->segments, "a path that was read reads as itself");
  return 0;
}
