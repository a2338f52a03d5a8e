// SPDX-License-Identifier: Apache-2.0
// How numbers stand in tables (reference: linkerd 1.4): "98.76%", "12.3rps", "37ms", "-" for none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace seine::cli {

// The share that succeeded. Truncated to two digits, so that only a perfect record is 100.00%, and
// a total of 0 is "-".
std::string success_cell(std::uint64_t successes, std::uint64_t total);

std::string rate_cell(double per_second);

// Whole milliseconds, rounded up: a request is never shown to take 0ms.
std::string latency_cell(std::optional<Duration> latency);

// "850B/s", "1.2kB/s", "31.0MB/s": powers of 1000.
std::string byte_rate_cell(double bytes_per_second);

// "2/3"
std::string meshed_cell(std::uint64_t meshed, std::uint64_t total);

// "3s", "5m12s", "4h2m", "12d": two units at most.
std::string age_cell(Duration age);

}  // namespace seine::cli
