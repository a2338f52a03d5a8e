// SPDX-License-Identifier: Apache-2.0
// How a demo goes: a table that is drawn again in its place on a terminal, a line now and then
// where there is none. On standard error, so that standard output is the result alone.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "base/time.h"
#include "cli/demo/promises.h"
#include "cli/output.h"

namespace seine::cli {

class LiveView {
 public:
  explicit LiveView(const Terminal& terminal);

  // A line that stays, in the place of the table until that is shown again.
  void say(std::string_view sentence);
  // `whole` zero: nobody knows how long it takes.
  void show(const std::map<std::string, DemoService>& services, Duration so_far, Duration whole);
  // What stands there stays.
  void end();

 private:
  // What takes the table away.
  std::string erase();

  Terminal terminal_;
  std::size_t drawn_ = 0;  // lines that the next show() replaces
  Duration next_line_{};   // without a terminal
};

}  // namespace seine::cli
