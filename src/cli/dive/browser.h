// SPDX-License-Identifier: Apache-2.0
// The user's browser.
#pragma once

#include <string>

#include "cli/state_dir.h"

namespace seine::cli {

// Whether there is a screen to open one on.
bool has_display(const Environment& environment);

// Hands `url` to xdg-open and does not wait for it; false if there is no such program. What it says
// goes nowhere. Others on this machine can see its arguments while it runs: a link in them is to be
// good for once only.
bool open_browser(const std::string& url);

}  // namespace seine::cli
