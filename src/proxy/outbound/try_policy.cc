// SPDX-License-Identifier: Apache-2.0
#include "proxy/outbound/try_policy.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "http/http2_error.h"
#include "proxy/outbound/profile_use.h"
#include "proxy/respond.h"

namespace seine::proxy {
namespace {

using namespace std::chrono_literals;

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t most) {
  std::uint32_t out = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, out);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end || out > most) {
    return std::nullopt;
  }
  return out;
}

// Calls `take` with each word between commas.
template <class Take>
void each_word(std::string_view text, Take take) {
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) take(word);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
}

// "5xx", "gateway-error", "503", "500-504".
std::optional<model::StatusRange> parse_statuses(std::string_view word) {
  if (word == "5xx") return model::StatusRange{500, 599};
  if (word == "gateway-error") return model::StatusRange{502, 504};
  const auto dash = std::min(word.find('-'), word.size());
  const auto first = parse_number(word.substr(0, dash), 999);
  const auto last = dash == word.size() ? first : parse_number(word.substr(dash + 1), 999);
  if (!first || !last || *first < 100 || *last < *first) return std::nullopt;
  return model::StatusRange{static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

std::optional<std::uint8_t> parse_grpc_code(std::string_view word) {
  constexpr std::pair<std::string_view, std::uint8_t> kCodes[] = {{"cancelled", 1},
                                                                  {"deadline-exceeded", 4},
                                                                  {"resource-exhausted", 8},
                                                                  {"internal", 13},
                                                                  {"unavailable", 14}};
  for (const auto& [name, code] : kCodes) {
    if (word == name) return code;
  }
  return std::nullopt;
}

// Of a request, where no rule says how many.
constexpr std::uint32_t kMostKeptBytes = 64 * 1024;

// Of a retry that headers ask for, where the rule has none.
model::Retry retry_by_headers() {
  return {.max_retries = 1,
          .max_request_bytes = kMostKeptBytes,
          .backoff = model::Backoff{.min = 25ms, .max = 250ms, .jitter_ratio = 1.0}};
}

class HeaderWords {
 public:
  explicit HeaderWords(http::Headers& headers) : headers_(headers) {}

  std::optional<std::string> take(std::string_view name) {
    const auto value = headers_.get(name);
    if (!value) return std::nullopt;
    std::string out(*value);
    headers_.remove(name);
    return out;
  }
  std::optional<Duration> take_duration(std::string_view name) {
    const auto text = take(name);
    if (!text) return std::nullopt;
    const auto duration = parse_duration(*text);
    return duration && *duration > Duration::zero() ? std::optional(*duration) : std::nullopt;
  }

 private:
  http::Headers& headers_;
};

void take_headers(http::Headers& headers, TryPolicy& out) {
  HeaderWords words(headers);
  const auto request = words.take_duration("l5d-request-timeout");
  const auto whole = words.take_duration("l5d-timeout");
  if (request || whole) out.timeouts.request = whole ? whole : request;
  if (const auto limit = words.take_duration("l5d-response-timeout")) {
    out.timeouts.response = limit;
  }
  const auto http = words.take("l5d-retry-http");
  const auto grpc = words.take("l5d-retry-grpc");
  const auto limit = words.take("l5d-retry-limit");
  const auto timeout = words.take_duration("l5d-retry-timeout");
  std::vector<model::StatusRange> statuses;
  each_word(http.value_or(""), [&](std::string_view word) {
    if (const auto range = parse_statuses(word)) statuses.push_back(*range);
  });
  std::vector<std::uint8_t> codes;
  each_word(grpc.value_or(""), [&](std::string_view word) {
    if (const auto code = parse_grpc_code(word)) codes.push_back(*code);
  });
  if (!out.retry && !(statuses.empty() && codes.empty())) out.retry = retry_by_headers();
  if (!statuses.empty()) out.retry->statuses = std::move(statuses);
  if (!codes.empty()) out.retry->grpc_codes = std::move(codes);
  if (!out.retry) return;
  // A client must not make us busy with one request.
  constexpr std::uint32_t kMost = model::Retry::kMostRetries;
  if (limit) {
    if (const auto number = parse_number(*limit, kMost)) out.retry->max_retries = *number;
  }
  if (timeout) out.retry->timeout = timeout;
}

bool has_status(const model::Retry& retry, std::uint16_t status) {
  return std::ranges::any_of(retry.statuses, [status](const model::StatusRange& range) {
    return status >= range.first && status <= range.last;
  });
}

bool has_code(const model::Retry& retry, std::string_view code) {
  const auto number = parse_number(code, 255);
  return number && std::ranges::find(retry.grpc_codes, *number) != retry.grpc_codes.end();
}

}  // namespace

TryPolicy try_policy(const model::ClientRulePolicy& rule, http::Headers& headers) {
  TryPolicy out{.timeouts = rule.timeouts, .retry = rule.retry};
  if (rule.allows_l5d_request_headers) take_headers(headers, out);
  if (out.retry && out.retry->max_retries == 0) out.retry.reset();
  return out;
}

TryPolicy try_policy(std::shared_ptr<const ProfileUse> profile) {
  TryPolicy out;
  out.head = profile->timeout();
  if (profile->retries()) {
    out.retry = model::Retry{.max_retries = model::Retry::kMostRetries,
                             .max_request_bytes = kMostKeptBytes};
  }
  out.profile = std::move(profile);
  return out;
}

bool can_be_repeated(const http::Request& request, const model::Retry& retry) {
  if (request.head.method == "CONNECT" || request.head.headers.contains("upgrade")) return false;
  if (request.body == nullptr) return true;
  const auto length = request.body->length();
  return !length || *length <= retry.max_request_bytes;
}

bool is_worth_a_retry(const model::Retry& retry, bool grpc, const http::ResponseHead& head) {
  if (has_status(retry, head.status)) return true;
  if (!grpc) return false;
  const auto status = head.headers.get("grpc-status");
  return status && has_code(retry, *status);
}

bool is_worth_a_retry(const model::Retry& retry, const http::Headers& trailers) {
  const auto status = trailers.get("grpc-status");
  return status && has_code(retry, *status);
}

bool is_worth_a_retry(const model::Retry& retry, bool grpc, const Error& error) {
  // Nor what the client broke off: it would fail so again.
  const bool is_ours = error.code == ErrorCode::kLoadShed || error.code == ErrorCode::kMemory;
  if (is_ours || error.origin == ErrorOrigin::kDownstream) return false;
  if (error.code == ErrorCode::kFailfast || error.code == ErrorCode::kResponseTimeout) return true;
  if (error.cause == Error::Cause::kH2 &&
      error.cause_code == static_cast<std::uint32_t>(http::Http2Code::kRefusedStream)) {
    return true;
  }
  const ErrorAnswer answer = answer_for(error);
  if (!grpc) return has_status(retry, answer.status);
  return std::ranges::find(retry.grpc_codes, answer.grpc_status) != retry.grpc_codes.end();
}

}  // namespace seine::proxy
