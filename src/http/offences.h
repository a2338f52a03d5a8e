// SPDX-License-Identifier: Apache-2.0
// Where servers of HTTP tell what they refused, reset or closed a client for, so that a metric can
// name it. Words, not numbers: they are the values of its labels.
#pragma once

#include <string_view>

namespace seine::http {

// What was done: "refused" with an answer, "reset" a stream, "goaway" (no new streams, those under
// way go on), "closed" the connection.
class Offences {
 public:
  virtual ~Offences() = default;
  // From the connection's loop; `offence` as "rapid reset" or "slow head".
  virtual void count(std::string_view offence, std::string_view action) = 0;
};

}  // namespace seine::http
