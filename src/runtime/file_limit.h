// SPDX-License-Identifier: Apache-2.0
// The limit on open files of this process.
#pragma once

#include <cstddef>

namespace seine::runtime {

// Raises the soft limit to the hard one: the soft default of 1024 is for programs that use
// select(2), and a proxy needs one or two descriptors for each connection. Where the kernel does
// not allow it the limit stays what it is; connections beyond it wait in the backlog.
void raise_file_limit();

// The soft limit.
std::size_t file_limit();

}  // namespace seine::runtime
