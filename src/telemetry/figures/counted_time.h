// SPDX-License-Identifier: Apache-2.0
// The time in which somebody counted: a union of spans. What several proxies counted, divided by
// it, is a rate, whether they ran together or one after the other. Pure.
#pragma once

#include <vector>

#include "base/time.h"

namespace seine::telemetry::v1 {
class Source;
}  // namespace seine::telemetry::v1

namespace seine::telemetry {

class CountedTime {
 public:
  // Once or many times: it is the same. Nothing where `to` is not after `from`.
  void add(WallTime from, WallTime to);
  void add(const seine::telemetry::v1::Source& source);
  Duration total() const;

 private:
  struct Span {
    WallTime from;
    WallTime to;
  };
  std::vector<Span> spans_;  // ascending, apart from one another
};

}  // namespace seine::telemetry
