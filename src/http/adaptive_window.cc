// SPDX-License-Identifier: Apache-2.0
#include "http/adaptive_window.h"

#include <algorithm>
#include <utility>

namespace seine::http {

namespace {

// A wider window has to bring so much more.
constexpr double kGain = 1.1;
// The clock may stand still between the two.
constexpr Duration kShortest = std::chrono::microseconds(1);

}  // namespace

void AdaptiveWindow::note_how_busy(std::size_t fresh, TimePoint now) {
  const bool is_busy = std::min(came_, taken_) >= limit() / 2;
  if (!is_busy && now - since_ <= kBusy) return;
  since_ = now;
  came_ = is_busy ? 0 : fresh;
  taken_ = 0;
  if (!is_busy) return;
  // A peer held back by its window sends in bursts, one a round trip; a measurement has to begin
  // with one. Later than now that is so most often, and what is over by then needs none.
  if (now > busy_until_) next_ = std::max(next_, now + kFirstPause);
  busy_until_ = now + kBusy;
}

bool AdaptiveWindow::take_ping(TimePoint now) {
  const std::size_t fresh = std::exchange(fresh_, 0);
  if (ping_is_out_ || stream_ >= kMostOfStream) return false;
  note_how_busy(fresh, now);
  if (fresh == 0 || now > busy_until_ || now < next_) return false;
  ping_is_out_ = true;
  sent_ = now;
  // What came in this turn counts: it may be all of a burst.
  sample_ = fresh;
  return true;
}

bool AdaptiveWindow::on_answer(TimePoint now) {
  if (!ping_is_out_) return false;
  ping_is_out_ = false;
  fresh_ = 0;
  const std::chrono::duration<double> took = std::max(now - sent_, kShortest);
  const double rate = static_cast<double>(sample_) / took.count();
  if (sample_ < limit() * 2 / 3 || rate <= kGain * fastest_) {
    next_ = now + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
    return false;
  }
  fastest_ = rate;
  pause_ = kFirstPause;
  // Measured at once again: what does the wider window bring?
  const auto wider = static_cast<std::uint32_t>(std::min<std::size_t>(2 * sample_, kMostOfStream));
  stream_ = std::max(stream_, wider);
  connection_ = std::max(connection_, std::min(2 * stream_, kMostOfConnection));
  return true;
}

}  // namespace seine::http
