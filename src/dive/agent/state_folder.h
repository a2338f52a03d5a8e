// SPDX-License-Identifier: Apache-2.0
// The agent's folder, which belongs to it alone (0700) and is held locked:
//
//   agent.key    the key that speaks for the cluster, 0600
//   joined       the cluster that has joined Dive by that key
//   outbox/      what Dive has not acknowledged; see outbox.h
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace seine::dive {

class StateFolder {
 public:
  // Makes it if there is none. Errors: kInvalidConfig where it is no folder of ours or others may
  // write there; kUnavailable while another agent uses it.
  static Result<StateFolder> open(const std::string& path);

  const std::string& path() const { return path_; }
  bool has_joined(const std::string& cluster) const;
  // Error kInvalidConfig.
  Result<void> remember_joined(const std::string& cluster) const;
  // Where Dive knows nothing of it: whoever looks after the agent sees that it needs a token.
  void forget_joined() const;

 private:
  StateFolder(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::string joined_path() const { return path_ + "/joined"; }

  std::string path_;
  Descriptor lock_;  // the folder itself
};

}  // namespace seine::dive
