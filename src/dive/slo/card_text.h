// SPDX-License-Identifier: Apache-2.0
// What a card says in words. One place, so that the page, a message and the command line say the
// same.
#pragma once

#include <string>

#include "dive/slo/assessment.h"
#include "dive/slo/objective.h"

namespace seine::dive {

// "99% of all requests over a rolling 7-day window are served successfully"
std::string goal_sentence(const Objective& objective);
// "1 of every 10,000 requests may fail"; "up to 40% of requests may fail" of goals below 90%.
std::string allowance_sentence(const Objective& objective);

// Figures and sentences, without a full stop. Empty where there is nothing to say.
struct CardText {
  std::string goal;        // goal_sentence()
  std::string compliance;  // "96.1%"; "no traffic"
  std::string left;        // "-289.7%"; "no traffic"
  std::string spent;       // "389.7%"; "no traffic"
  std::string recent;      // the SLI, "100%"; "no traffic"
  std::string burn;        // "20x"
  std::string state;       // state_name()
  // "551,570 requests may still fail at this window's traffic"
  // "553 failures over budget; recovers after 55,232 good requests in a row, or in 19.8 hours as
  //  old failures age out"
  std::string budget;
  // "at a burn rate of 20x the budget is gone in 19.8 hours"
  std::string outlook;
  // "93.1% of the counts are there; until they are complete this is no verdict"
  std::string coverage;
  // "7 of the late answers took 46.3ms to 50.5ms, and some may have been in time"
  std::string unsure;
  // "120 requests of probes are excluded"
  std::string excluded;
};
CardText card_text(const Objective& objective, const Assessment& card);
// Of one whose counts cannot be read: no figures, and why.
CardText unreadable_text(const Objective& objective, const std::string& why);

}  // namespace seine::dive
