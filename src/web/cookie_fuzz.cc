// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"
#include "web/cookie.h"
#include "web/encoding.h"

// The first line of the input is the name. A value that is found is a piece of the header without a
// semicolon; another cookie of that name makes it none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find('\n');
  const std::string_view name = text.substr(0, line);
  const std::string_view header =
      line == std::string_view::npos ? std::string_view() : text.substr(line + 1);
  (void)seine::web::accepts_coding(header, name);
  (void)seine::web::matches_etag(header, name);
  const auto found = seine::web::find_cookie(header, name);
  if (!found) return 0;
  SEINE_CHECK(found->find(';') == std::string_view::npos, "a value ends where its cookie does");
  const std::string twice = std::string(header) + ";" + std::string(name) + "=x";
  SEINE_CHECK(!seine::web::find_cookie(twice, name), "two of one name are none");
  return 0;
}
