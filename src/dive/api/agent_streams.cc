// SPDX-License-Identifier: Apache-2.0
#include "dive/api/agent_streams.h"

namespace seine::dive {

AgentStreams::Place::Place(AgentStreams& streams, std::string cluster, std::string method)
    : streams_(streams), of_(std::move(cluster), std::move(method)) {
  std::vector<Place*>& open = streams_.places_[of_];
  if (open.size() == kMaxOfMethod) {
    open.front()->taken_.fire();
    open.erase(open.begin());
  }
  open.push_back(this);
}

AgentStreams::Place::~Place() {
  const auto found = streams_.places_.find(of_);
  if (found == streams_.places_.end()) return;
  std::erase(found->second, this);
  if (found->second.empty()) streams_.places_.erase(found);
}

runtime::Task<void> AgentStreams::Place::until_taken() {
  runtime::Waker waker(streams_.loop_);
  runtime::Signal::Watch watch;
  taken_.arm(watch, waker);
  while (!taken_.fired()) co_await waker.wait();
}

std::size_t AgentStreams::size() const {
  std::size_t size = 0;
  for (const auto& [of, open] : places_) size += open.size();
  return size;
}

}  // namespace seine::dive
