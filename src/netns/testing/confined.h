// SPDX-License-Identifier: Apache-2.0
// Runs a program in a pod as `seine run` does, and tells what it printed and how it ended.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/time.h"
#include "netns/hub.h"
#include "netns/launch.h"
#include "netns/testing/child.h"
#include "netns/testing/sockets.h"
#include "runtime/event_loop.h"

namespace seine::netns::testing {

struct Outcome {
  Exit exit;
  std::string printed;  // to its standard output and error
};

// A hub and a pod whose proxy is told by uid where there is a second one, else by mark; a state
// folder that confined programs may not see.
class PodLab {
 public:
  explicit PodLab(Privilege privilege);
  ~PodLab();

  // The confined program: as an ordinary user, without capabilities.
  Launch confined(std::vector<std::string> argv) const;
  // Runs it to its end. `meanwhile` is called once it has printed something.
  Outcome run(Launch launch, const std::function<void(LaunchedProcess&)>& meanwhile = {});
  Outcome run(std::vector<std::string> argv) { return run(confined(std::move(argv))); }
  // A few lines of Python, which can do what shells cannot.
  Outcome python(const std::string& script) { return run({"/usr/bin/python3", "-c", script}); }

  Owner proxy() const;

  const Privilege privilege;
  const AddressPlan plan = choose_plan({}).value();
  std::string state_folder;
  NetworkNamespace hub;
  NetworkNamespace pod;
  SystemClock clock;
  runtime::EventLoop loop{clock};
};

}  // namespace seine::netns::testing
