// SPDX-License-Identifier: Apache-2.0
// Programs named seine-NAME on PATH are commands of seine, as kubectl and linkerd have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seine::cli {

// The executable seine-NAME on PATH; empty if there is none, or if `name` is not a plain word
// (letters, digits, dash, underscore). Programs of Seine's own that are no commands (seine-proxy,
// seine-controller, ...) are not found.
std::string find_extension(std::string_view name);

// Names of all extensions on PATH, sorted, without duplicates.
std::vector<std::string> list_extensions();

// Becomes `program`. Returns only if that fails: 1, after a sentence on stderr.
int exec_extension(const std::string& program, const std::string& name,
                   const std::vector<std::string>& arguments);

}  // namespace seine::cli
