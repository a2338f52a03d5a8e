// SPDX-License-Identifier: Apache-2.0
// Where the running program lies, beside which what belongs to it is found.
#pragma once

#include <string>

namespace seine {

// "/usr/bin" of "/usr/bin/seine-dive"; empty where the kernel does not tell.
std::string program_folder();

}  // namespace seine
