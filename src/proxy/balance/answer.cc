// SPDX-License-Identifier: Apache-2.0
#include "proxy/balance/answer.h"

#include <algorithm>
#include <charconv>

namespace seine::proxy {
namespace {

// A day: what is longer is as good as that, and no sum of it overflows.
constexpr std::uint64_t kLongest = 24 * 60 * 60;

std::optional<std::uint64_t> number_in(std::optional<std::string_view> text) {
  if (!text || text->empty()) return std::nullopt;
  std::uint64_t out = 0;
  const char* end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, out);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return out;
}

}  // namespace

Answer answer_of(std::uint16_t status, std::string_view grpc_status, bool success) {
  if (status == 429 || grpc_status == "8") return Answer::kBusy;
  return success ? Answer::kSuccess : Answer::kFailure;
}

bool is_penalised(std::uint16_t status, std::string_view grpc_status) {
  if (status == 429 || status >= 500) return true;
  const auto code = number_in(grpc_status);
  return code && (*code == 2 || *code == 4 || *code == 8 || (*code >= 13 && *code <= 15));
}

std::optional<Duration> pushback_of(const http::Headers& headers) {
  if (const auto seconds = number_in(headers.get("retry-after"))) {
    return std::chrono::seconds(std::min(*seconds, kLongest));
  }
  if (const auto milliseconds = number_in(headers.get("grpc-retry-pushback-ms"))) {
    return std::chrono::milliseconds(std::min(*milliseconds, kLongest * 1000));
  }
  return std::nullopt;
}

}  // namespace seine::proxy
