// SPDX-License-Identifier: Apache-2.0
// Signal: something that happens once and that many may wait for. Drain is one of them.
#pragma once

#include "base/time.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/wake.h"

namespace seine::runtime {

class Signal {
 public:
  // A waiter's place in the list; lives with the waiter.
  struct Watch : ListNode {
    WakeSlot slot;
  };

  bool fired() const { return fired_; }
  void fire() {
    if (fired_) return;
    fired_ = true;
    while (!watches_.empty()) watches_.pop_front().slot.wake();
  }
  // Wakes `who` once it fires (at once if it has).
  void arm(Watch& watch, Wakeable& who) {
    watch.slot.arm(who);
    if (fired_) {
      watch.slot.wake();
    } else {
      watches_.push_back(watch);
    }
  }

 private:
  bool fired_ = false;
  List<Watch> watches_;
};

// The wish to end: listeners stop accepting, HTTP/1 closes after the request in flight, HTTP/2
// sends GOAWAY, tunnels run until closed or until the owner drops the scope at its deadline.
class Drain : public Signal {};

}  // namespace seine::runtime
