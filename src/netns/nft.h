// SPDX-License-Identifier: Apache-2.0
// The nft program, run inside a namespace with a script on its standard input. The library behind
// it is GPL-2, which our licence cannot link; the program is on every machine that has it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "netns/namespace.h"

namespace seine::netns {

// What it printed. A script is applied whole or not at all. Errors kUnavailable: there is no nft,
// or the kernel lacks what the script uses; with nft's own first line.
Result<std::string> run_nft(const NetworkNamespace& inside, std::string_view script);

}  // namespace seine::netns
