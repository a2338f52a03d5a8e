// SPDX-License-Identifier: Apache-2.0
#include "cli/dive/fact_line.h"

namespace seine::cli {

std::string fact_line(std::string_view label, std::string_view value, const Terminal& terminal,
                      Colour colour) {
  if (value.empty()) return {};
  std::string out(label);
  out.append(label.size() < kFactLabel ? kFactLabel - label.size() : 1, ' ');
  return out + terminal.paint(colour, printable(value)) + "\n";
}

}  // namespace seine::cli
