// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "cli/dive/shown_time.h"
#include "cli/dive/web_address.h"

// Whatever is a time lies in the years that are shown, and is the same time when it is printed and
// read again; whatever is an address of the dashboard can be printed and given another port.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto time = cli::parse_time(text, ManualClock().wall_now())) {
    SEINE_CHECK(*time >= WallTime(), "it is not before 1970");
    SEINE_CHECK(cli::parse_time(format_rfc3339(*time), {}) ==
                    std::chrono::floor<std::chrono::milliseconds>(*time),
                "it survives printing");
  }
  if (const auto url = cli::parse_web_address(text)) {
    const std::string moved = cli::with_port(*url, 1);
    SEINE_CHECK(moved.ends_with(":1"), "a port can be set");
    SEINE_CHECK(cli::with_port(moved, 1) == moved, "and is then the port");
  }
  return 0;
}
