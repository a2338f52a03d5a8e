// SPDX-License-Identifier: Apache-2.0
#include "netns/egress_header.h"

#include <algorithm>

namespace seine::netns {

namespace {

constexpr std::string_view kRequest = "egress/1 ";
constexpr std::string_view kOk = "ok";
constexpr std::string_view kRefusal = "no ";
constexpr std::string_view kSeparator = "; ";

// The line without its end, once it is there.
Result<std::optional<std::string_view>> first_line(std::string_view bytes, std::size_t limit) {
  const std::size_t end = bytes.substr(0, limit).find('\n');
  if (end != std::string_view::npos) return bytes.substr(0, end);
  if (bytes.size() < limit) return std::nullopt;
  return fail(ErrorCode::kProtocol,
              "an egress header of more than " + std::to_string(limit) + " bytes");
}

std::optional<ErrorCode> code_of(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kShutdown); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    if (error_name(code) == name) return code;
  }
  return std::nullopt;
}

}  // namespace

std::string write_egress_request(const SocketAddr& to) {
  return std::string(kRequest) + to.to_string() + "\n";
}

Result<std::optional<EgressRequest>> parse_egress_request(std::string_view bytes) {
  const auto line = first_line(bytes, kMaxEgressRequest);
  if (!line) return fail(line.error());
  if (!*line) {
    // What can no longer become a request is told at once.
    const std::size_t seen = std::min(bytes.size(), kRequest.size());
    if (bytes.substr(0, seen) == kRequest.substr(0, seen)) return std::nullopt;
    return fail(ErrorCode::kProtocol, "what was sent to the egress relay is no request");
  }
  if (!(*line)->starts_with(kRequest)) {
    return fail(ErrorCode::kProtocol, "what was sent to the egress relay is no request");
  }
  const Result<SocketAddr> to = SocketAddr::parse((*line)->substr(kRequest.size()));
  if (!to || to->port == 0) {
    return fail(ErrorCode::kProtocol, "the egress request names no address and port");
  }
  return EgressRequest{{to->ip.unmapped(), to->port}, (*line)->size() + 1};
}

std::string write_egress_ok() {
  return std::string(kOk) + "\n";
}

std::string write_egress_refusal(const Error& error) {
  std::string line = std::string(kRefusal) + std::string(error_name(error.code)) +
                     std::string(kSeparator) + error.message;
  if (error.cause == Error::Cause::kErrno) {
    line += ": " + std::string(errno_name(error.cause_code));
  }
  line.resize(std::min(line.size(), kMaxEgressAnswer - 1));
  std::ranges::replace_if(line, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return line + "\n";
}

Result<std::optional<EgressAnswer>> parse_egress_answer(std::string_view bytes) {
  const auto line = first_line(bytes, kMaxEgressAnswer);
  if (!line) return fail(line.error());
  if (!*line) return std::nullopt;
  const std::size_t size = (*line)->size() + 1;
  if (**line == kOk) return EgressAnswer{std::nullopt, size};
  const std::size_t end = (*line)->find(kSeparator);
  if ((*line)->starts_with(kRefusal) && end != std::string_view::npos) {
    const std::string_view name = (*line)->substr(kRefusal.size(), end - kRefusal.size());
    if (const auto code = code_of(name)) {
      const std::string_view message = (*line)->substr(end + kSeparator.size());
      return EgressAnswer{make_error(*code, std::string(message)), size};
    }
  }
  return fail(ErrorCode::kProtocol, "the egress relay's answer is not one of its own");
}

}  // namespace seine::netns
