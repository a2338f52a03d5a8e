// SPDX-License-Identifier: Apache-2.0
// How a source of readiness (a socket, a body, a queue) tells whoever polls it to look again.
//
// The poller hands a Wakeable to the source, which keeps it in a WakeSlot; at progress the source
// calls slot.wake(). Either side may die first: both unlink in their destructors. One thread.
#pragma once

namespace seine::runtime {

class WakeSlot;

// on_wake() may only put something on the loop's queues (a coroutine, a turn-end hook). It never
// runs work inline, so a source may call wake() from anywhere.
class Wakeable {
 public:
  Wakeable() = default;
  Wakeable(const Wakeable&) = delete;
  Wakeable& operator=(const Wakeable&) = delete;
  virtual void on_wake() = 0;

 protected:
  ~Wakeable() { disarm_all(); }
  void disarm_all();

 private:
  friend class WakeSlot;
  WakeSlot* armed_ = nullptr;
};

// Holds at most one Wakeable; the last armed wins. wake() fires once and forgets.
class WakeSlot {
 public:
  WakeSlot() = default;
  ~WakeSlot() { clear(); }
  WakeSlot(const WakeSlot&) = delete;
  WakeSlot& operator=(const WakeSlot&) = delete;

  bool armed() const { return target_ != nullptr; }
  void arm(Wakeable& target) {
    if (target_ == &target) return;
    clear();
    target_ = &target;
    next_ = target.armed_;
    link_ = &target.armed_;
    if (next_ != nullptr) next_->link_ = &next_;
    target.armed_ = this;
  }
  void clear() {
    if (target_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    target_ = nullptr;
    next_ = nullptr;
    link_ = nullptr;
  }
  void wake() {
    if (target_ == nullptr) return;
    Wakeable* target = target_;
    clear();
    target->on_wake();
  }

 private:
  Wakeable* target_ = nullptr;
  WakeSlot* next_ = nullptr;   // the next slot armed with the same target
  WakeSlot** link_ = nullptr;  // whoever points at this slot
};

inline void Wakeable::disarm_all() {
  while (armed_ != nullptr) armed_->clear();
}

}  // namespace seine::runtime
