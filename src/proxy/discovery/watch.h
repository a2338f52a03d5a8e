// SPDX-License-Identifier: Apache-2.0
// Values that the control plane keeps up to date, from the control loop to the workers.
//
//   worker loop                         control loop
//   WatchCache<K, V>  -- subscribe K -->  WatchHub<K, V>: one stream per key, however many workers
//     Lease <-- publish snapshot -------    ask for it
//
// A lease keeps its key watched. A key nobody leases is let go after an idle time, and its stream
// ends once no worker wants it. While the control plane is away the last value stays.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "proxy/courier.h"
#include "runtime/event_loop.h"
#include "runtime/task_scope.h"

namespace seine::proxy {

// A waiter for changes; lives with whoever waits.
struct ChangeWatch : runtime::ListNode {
  runtime::WakeSlot slot;
};

template <class Key, class Value>
class WatchCache {
  struct Entry final : runtime::TimerNode {
    WatchCache& cache;
    const Key key;
    std::shared_ptr<const Value> value;
    runtime::List<ChangeWatch> waiters;
    std::size_t leases = 0;

    Entry(WatchCache& c, Key k) : cache(c), key(std::move(k)) {}
    void on_timer() override { cache.expired_.on_wake(); }
  };

 public:
  // subscribe(key) and unsubscribe(key) are called on this loop and reach the hub by courier.
  using Notify = std::function<void(const Key&)>;
  WatchCache(runtime::EventLoop& loop, Duration idle, Notify subscribe, Notify unsubscribe)
      : loop_(loop),
        idle_(idle),
        subscribe_(std::move(subscribe)),
        unsubscribe_(std::move(unsubscribe)),
        expired_(loop),
        scope_(loop, [](Error) {}) {
    scope_.spawn(drop_expired(*this));
  }

  // Movable; holds the key watched while it lives. Must not outlive the cache.
  class Lease {
   public:
    Lease() = default;
    explicit Lease(Entry& entry) : entry_(&entry) { ++entry_->leases; }
    Lease(Lease&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Lease& operator=(Lease&& other) noexcept {
      std::swap(entry_, other.entry_);
      return *this;
    }
    ~Lease() {
      if (entry_ != nullptr) entry_->cache.release(*entry_);
    }

    // Null until the first value has come.
    const std::shared_ptr<const Value>& value() const { return entry_->value; }
    // Wakes `who` once, at the next change.
    void arm(ChangeWatch& watch, runtime::Wakeable& who) {
      watch.slot.arm(who);
      entry_->waiters.push_back(watch);
    }

   private:
    Entry* entry_ = nullptr;
  };

  Lease lease(const Key& key) {
    auto found = entries_.find(key);
    if (found == entries_.end()) {
      found = entries_.emplace(key, std::make_unique<Entry>(*this, key)).first;
      subscribe_(key);
    }
    found->second->unlink();
    return Lease(*found->second);
  }
  // The value, once there is one.
  static runtime::Task<std::shared_ptr<const Value>> first(runtime::EventLoop& loop, Lease& lease) {
    runtime::Waker waker(loop);
    ChangeWatch watch;
    while (lease.value() == nullptr) {
      lease.arm(watch, waker);
      co_await waker.wait();
    }
    co_return lease.value();
  }

  void publish(const Key& key, std::shared_ptr<const Value> value) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    found->second->value = std::move(value);
    runtime::List<ChangeWatch> waiters;
    waiters.splice(found->second->waiters);
    while (!waiters.empty()) waiters.pop_front().slot.wake();
  }
  std::size_t size() const { return entries_.size(); }
  bool contains(const Key& key) const { return entries_.contains(key); }

 private:
  void release(Entry& entry) {
    if (--entry.leases == 0) loop_.add_timer(entry, idle_);
  }
  // Entries die in a task of their own, never in a timer's callback.
  static runtime::Task<void> drop_expired(WatchCache& cache) {
    for (;;) {
      co_await cache.expired_.wait();
      for (auto it = cache.entries_.begin(); it != cache.entries_.end();) {
        Entry& entry = *it->second;
        if (entry.leases > 0 || entry.linked()) {
          ++it;
          continue;
        }
        const Key key = entry.key;
        it = cache.entries_.erase(it);
        cache.unsubscribe_(key);
      }
    }
  }

  runtime::EventLoop& loop_;
  const Duration idle_;
  const Notify subscribe_;
  const Notify unsubscribe_;
  std::map<Key, std::unique_ptr<Entry>> entries_;
  runtime::Waker expired_;
  runtime::TaskScope scope_;
};

template <class Value>
class Publisher {
 public:
  virtual void publish(std::shared_ptr<const Value> value) = 0;

 protected:
  ~Publisher() = default;
};

// Where values come from: runs for as long as the key is wanted, publishing as it goes.
template <class Key, class Value>
class WatchSource {
 public:
  virtual runtime::Task<void> watch(Key key, Publisher<Value>& publisher) = 0;

 protected:
  ~WatchSource() = default;
};

// On the control loop.
template <class Key, class Value>
class WatchHub {
 public:
  // Hands a new snapshot to one worker's cache: posts to its courier.
  using Deliver = std::function<void(const Key&, std::shared_ptr<const Value>)>;
  WatchHub(runtime::EventLoop& loop, WatchSource<Key, Value>& source, std::vector<Deliver> workers)
      : loop_(loop), source_(source), workers_(std::move(workers)) {}

  void subscribe(const Key& key, std::size_t worker) {
    auto found = streams_.find(key);
    if (found == streams_.end()) {
      found = streams_.emplace(key, std::make_unique<Stream>(*this, key)).first;
      found->second->scope.spawn(source_.watch(key, *found->second));
    }
    found->second->subscribers.insert(worker);
    if (found->second->latest != nullptr) workers_[worker](key, found->second->latest);
  }
  void unsubscribe(const Key& key, std::size_t worker) {
    const auto found = streams_.find(key);
    if (found == streams_.end()) return;
    found->second->subscribers.erase(worker);
    if (found->second->subscribers.empty()) streams_.erase(found);
  }
  std::size_t size() const { return streams_.size(); }

 private:
  struct Stream final : Publisher<Value> {
    WatchHub& hub;
    const Key key;
    std::set<std::size_t> subscribers;
    std::shared_ptr<const Value> latest;
    runtime::TaskScope scope;

    Stream(WatchHub& h, Key k) : hub(h), key(std::move(k)), scope(h.loop_, [](Error) {}) {}
    void publish(std::shared_ptr<const Value> value) override {
      latest = std::move(value);
      for (const std::size_t worker : subscribers) hub.workers_[worker](key, latest);
    }
  };

  runtime::EventLoop& loop_;
  WatchSource<Key, Value>& source_;
  const std::vector<Deliver> workers_;
  std::map<Key, std::unique_ptr<Stream>> streams_;
};

}  // namespace seine::proxy
