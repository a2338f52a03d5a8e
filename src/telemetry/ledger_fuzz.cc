// SPDX-License-Identifier: Apache-2.0
// A ledger file is read whatever its bytes are. The input lays 8 bytes at a time over a small
// ledger that is in order: random bytes alone would not come past the header.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/check.h"
#include "telemetry/dead_ledger.h"
#include "telemetry/recorder.h"
#include "telemetry/seal.h"

namespace {

using namespace seine;
using namespace seine::telemetry;

std::vector<std::byte> sound_ledger() {
  const ManualClock clock;
  const auto ledger =
      Ledger::anonymous({.reporter = encode_reporter(
                             {.instance = std::string(16, 'i'), .boot = std::string(16, 'b')}),
                         .lanes = 2,
                         .rows = 4,
                         .ring = 4096});
  Recorder recorder(**ledger, 1, clock);
  recorder.rotate(1, clock.wall_now());
  HttpRows rows(recorder, {.direction = Direction::kInbound, .target = {.port = 80}});
  rows.count({.http_status = 200}, std::chrono::milliseconds(1), {"GET", "/", ""});
  recorder.rotate(2, clock.wall_now());
  SEINE_CHECK(seal(**ledger, 1, {clock.wall_now(), std::chrono::seconds(10)}), "there is room");
  rows.count({.http_status = 503, .cause = "failfast"}, std::chrono::milliseconds(1), {}, "why");
  const TcpConnection connection(recorder, {});
  const auto bytes = (*ledger)->bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::byte> kSound = sound_ledger();
  [[maybe_unused]] const auto as_it_is = parse_ledger(std::as_bytes(std::span(data, size)));
  std::vector<std::byte> bytes = kSound;
  constexpr std::size_t kPatch = 4 + 8;
  for (; size >= kPatch; data += kPatch, size -= kPatch) {
    std::uint32_t at = 0;
    std::memcpy(&at, data, sizeof at);
    std::memcpy(bytes.data() + at % (bytes.size() - 8), data + 4, 8);
  }
  const Result<DeadLedger> read = parse_ledger(bytes);
  if (!read) {
    SEINE_CHECK(!read.error().message.empty(), "a refusal says why");
    return 0;
  }
  std::uint64_t last = 0;
  for (const DeadLedger::Bucket& bucket : read->buckets) {
    SEINE_CHECK(bucket.sequence > last, "sequences ascend");
    last = bucket.sequence;
  }
  return 0;
}
