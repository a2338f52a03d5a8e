// SPDX-License-Identifier: Apache-2.0
// Where a browser reaches the dashboard of a mesh: `seine up` writes DIR/dive/web.json of Dive, and
// DIR/web.json of the controller's own pages, {"url": "http://127.0.0.1:50750"}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::cli {

// "http://127.0.0.1:50750", from the text of that file. Error kProtocol: it has none that is http
// or https with a host, a port perhaps, and nothing behind it: it is printed, and opened.
Result<std::string> parse_web_address(std::string_view text);

// What web.json of that folder says. Error kUnavailable: nobody has written it.
Result<std::string> read_web_address(const std::string& folder);

// The same host at another port.
std::string with_port(std::string_view url, std::uint16_t port);

// What POST /links answers, and `url` before it. Error kProtocol: `path` is no path of a page.
Result<std::string> link_of(std::string_view url, std::string_view path);

}  // namespace seine::cli
