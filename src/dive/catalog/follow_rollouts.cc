// SPDX-License-Identifier: Apache-2.0
#include "dive/catalog/follow_rollouts.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>
#include <utility>

#include "dive/catalog/catalog_limits.h"

namespace seine::dive {
namespace {

// The pods of one revision.
struct Group {
  const Pod* first = nullptr;  // by its time, then by name
  std::size_t pods = 0;        // those that leave included
  std::size_t staying = 0;
  std::size_t ready = 0;  // of those that stay

  void add(const Pod& pod) {
    const auto age = [](const Pod& each) { return std::tie(each.since, each.name); };
    if (first == nullptr || age(pod) < age(*first)) first = &pod;
    ++pods;
    if (pod.leaving) return;
    ++staying;
    if (pod.ready) ++ready;
  }
};

using Groups = std::map<Revision, Group>;

Groups group(const std::vector<Pod>& pods) {
  Groups groups;
  for (const Pod& pod : pods) groups[pod.revision].add(pod);
  return groups;
}

// Oldest first.
std::vector<Revision> by_age(const Groups& groups) {
  std::vector<Revision> out;
  for (const auto& [revision, each] : groups) out.push_back(revision);
  std::ranges::sort(out, {}, [&](const Revision& revision) {
    return std::pair(groups.at(revision).first->since, revision);
  });
  return out;
}

class Follower {
 public:
  Follower(Workload& workload, const std::vector<Pod>& pods, WallTime at)
      : workload_(workload),
        pods_(pods),
        before_(group(workload.now.pods)),
        now_(group(pods)),
        at_(at) {}

  std::vector<Rollout> follow() {
    const std::vector<Revision> revisions = by_age(now_);
    if (revisions.empty() && !is_open()) {
      if (was_stopped()) open_again();
      return std::move(changed_);
    }
    if (!workload_.settled) workload_.settled = revisions.front();
    for (const Revision& revision : revisions) {
      if (is_new(revision) && !reopen(revision)) begin(revision);
    }
    if (is_open()) move_on();
    // What remained of a rollout that was replaced, and outlived the one that replaced it.
    if (!is_open() && !revisions.empty() && !now_.contains(*workload_.settled)) {
      workload_.settled = revisions.front();
    }
    return std::move(changed_);
  }

 private:
  bool is_open() const { return workload_.rollout && !workload_.rollout->end; }

  // Only pods that stay are rolled out.
  bool is_new(const Revision& revision) const {
    if (now_.at(revision).staying == 0 || before_.contains(revision)) return false;
    if (is_open() && workload_.rollout->to == revision) return false;
    return revision != *workload_.settled && !is_together(revision);
  }

  // With what the workload settled on, which is starting itself.
  bool is_together(const Revision& revision) const {
    const auto settled = now_.find(*workload_.settled);
    if (settled == now_.end()) return false;
    const bool has_run = std::ranges::any_of(workload_.now.pods, &Pod::ready);
    const Duration apart = now_.at(revision).first->since - settled->second.first->since;
    return !has_run && apart <= kTogetherWithin && apart >= -kTogetherWithin;
  }

  // One version of it ended shortly before the other, which it was to take the place of, and
  // nothing is left.
  bool was_stopped() const {
    return workload_.rollout && workload_.rollout->end == Rollout::End::kUndone &&
           workload_.rollout->from == *workload_.settled &&
           at_ - workload_.rollout->ended_at <= kReturnWithin;
  }

  void open_again() {
    Rollout& last = *workload_.rollout;
    last.end.reset();
    last.ended_at = {};
    measure();
    changed_.push_back(last);
  }

  // Whether `revision` takes back the end of the last rollout: it was undone, and here it is; or it
  // was concluded, and here is what it came from.
  bool reopen(const Revision& revision) {
    if (!workload_.rollout || !workload_.rollout->end) return false;
    Rollout& last = *workload_.rollout;
    const bool is_back = (last.end == Rollout::End::kUndone && last.to == revision &&
                          last.from == *workload_.settled) ||
                         (last.end == Rollout::End::kConcluded && last.from == revision);
    if (!is_back || at_ - last.ended_at > kReturnWithin) return false;
    last.end.reset();
    last.ended_at = {};
    last.progressed_at = at_;
    workload_.settled = last.from;
    is_touched_ = true;
    return true;
  }

  void begin(const Revision& revision) {
    const Pod& first = *now_.at(revision).first;
    if (is_open()) {
      measure();
      end(Rollout::End::kReplaced, first.since);
    }
    is_touched_ = true;
    workload_.rollout = Rollout{.number = next_number(first.since),
                                .from = *workload_.settled,
                                .to = revision,
                                .started_at = first.since,
                                .started_by = first.started_by,
                                .end = std::nullopt,
                                .ended_at = {},
                                .pods_so_far = {},
                                .fewest_others = others(revision).pods,
                                .progressed_at = first.since};
  }

  // A time, so that numbers go on after the workload was forgotten.
  std::uint64_t next_number(WallTime time) const {
    const auto micros = std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch());
    const auto number = static_cast<std::uint64_t>(std::max<std::int64_t>(1, micros.count()));
    return workload_.rollout ? std::max(workload_.rollout->number + 1, number) : number;
  }

  void end(Rollout::End how, WallTime when) {
    Rollout& rollout = *workload_.rollout;
    rollout.end = how;
    rollout.ended_at = std::max(when, rollout.started_at);
    changed_.push_back(rollout);
  }

  Group others(const Revision& revision) const {
    Group sum;
    for (const auto& [each, pods] : now_) {
      if (each == revision) continue;
      sum.pods += pods.pods;
      sum.staying += pods.staying;
      sum.ready += pods.ready;
    }
    return sum;
  }

  // What the pods say of the rollout that is open. Returns its own and all others.
  std::pair<Group, Group> measure() {
    Rollout& rollout = *workload_.rollout;
    const auto own = now_.find(rollout.to);
    const Group mine = own == now_.end() ? Group{} : own->second;
    const Group rest = others(rollout.to);
    rollout.pods = mine.staying;
    rollout.ready = mine.ready;
    rollout.others = rest.pods;
    rollout.others_ready = rest.ready;
    for (const Pod& pod : pods_) {
      if (pod.revision == rollout.to && rollout.pods_so_far.size() < kMaxPodsOfWorkload) {
        rollout.pods_so_far.insert(pod.name);
      }
    }
    const bool is_further = mine.ready > rollout.most_ready || rest.pods < rollout.fewest_others;
    if (is_further && !now_.empty()) {
      rollout.most_ready = std::max(rollout.most_ready, mine.ready);
      rollout.fewest_others = std::min(rollout.fewest_others, rest.pods);
      rollout.progressed_at = std::max(rollout.progressed_at, at_);
    }
    return {mine, rest};
  }

  void move_on() {
    const Rollout before = *workload_.rollout;
    const auto [mine, rest] = measure();
    if (mine.staying == 0 && rest.staying > 0) return end(Rollout::End::kUndone, at_);
    if (mine.ready > 0 && rest.pods == 0) {
      workload_.settled = workload_.rollout->to;
      return end(Rollout::End::kConcluded, at_);
    }
    if (is_touched_ || *workload_.rollout != before) changed_.push_back(*workload_.rollout);
  }

  Workload& workload_;
  const std::vector<Pod>& pods_;
  const Groups before_;
  const Groups now_;
  const WallTime at_;
  bool is_touched_ = false;  // the open rollout began or was reopened just now
  std::vector<Rollout> changed_;
};

}  // namespace

std::vector<Rollout> follow_rollouts(Workload& workload, std::vector<Pod> pods, WallTime at) {
  std::vector<Rollout> changed = Follower(workload, pods, at).follow();
  workload.now.pods = std::move(pods);
  return changed;
}

}  // namespace seine::dive
