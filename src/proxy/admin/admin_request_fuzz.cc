// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "proxy/admin/admin_request.h"

// Input: a target, then after the first newline the value of Accept-Encoding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t newline = std::min(input.find('\n'), input.size());
  const std::string_view text = input.substr(0, newline);

  const proxy::AdminTarget target = proxy::split_target(text);
  SEINE_CHECK(target.path.find('?') == std::string_view::npos, "a path with a query");
  const std::size_t parts = target.path.size() + target.query.size();
  SEINE_CHECK(parts == text.size() || parts + 1 == text.size(), "a target that lost bytes");
  if (const auto names = proxy::read_variable_names(target.query)) {
    std::size_t total = 0;
    for (const std::string& name : *names) {
      SEINE_CHECK(!name.empty(), "a variable without a name");
      SEINE_CHECK(target.query.find(name) != std::string_view::npos, "a name nobody asked for");
      total += name.size();
    }
    SEINE_CHECK(total <= target.query.size(), "more names than were asked for");
  }

  http::Headers headers;
  headers.add("accept-encoding", newline < input.size() ? input.substr(newline + 1) : "");
  static_cast<void>(proxy::accepts_gzip(headers));
  headers.add("accept-encoding", "gzip;q=0");
  SEINE_CHECK(!proxy::accepts_gzip(headers), "the last word on gzip was no");
  headers.add("accept-encoding", "gzip");
  SEINE_CHECK(proxy::accepts_gzip(headers), "the last word on gzip was yes");
  return 0;
}
