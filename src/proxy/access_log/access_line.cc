// SPDX-License-Identifier: Apache-2.0
#include "proxy/access_log/access_line.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>

#include "fmt/format.h"

#include "base/utf8.h"

namespace seine::proxy {

namespace {

constexpr std::string_view kCut = "...";
// Of a number, or of null.
constexpr std::size_t kNumberSize = 20;

// What could end a line for one reader or another, or turn what stands beside it around.
bool is_unshown(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069);
}

// One character as JSON has it, taken off `text`.
std::string_view take_json(std::string_view& text, std::array<char, 8>& buffer) {
  const auto character = utf8_front(text);
  const std::string_view own = text.substr(0, character ? character->length : 1);
  text.remove_prefix(own.size());
  if (!character) return "\\ufffd";
  if (own == "\"") return "\\\"";
  if (own == "\\") return "\\\\";
  if (!is_unshown(character->code)) return own;
  const auto end = fmt::format_to_n(buffer.data(), buffer.size(), "\\u{:04x}",
                                    static_cast<std::uint32_t>(character->code));
  return {buffer.data(), end.size};
}

// One byte as a line of text has it.
std::string_view take_text(std::string_view& text, std::array<char, 8>& buffer) {
  const std::string_view own = text.substr(0, 1);
  text.remove_prefix(1);
  if (own == "\"") return "\\\"";
  if (own == "\\") return "\\\\";
  const auto byte = static_cast<unsigned char>(own.front());
  if (byte >= 0x20 && byte < 0x7f) return own;
  const auto end = fmt::format_to_n(buffer.data(), buffer.size(), "\\x{:02x}", byte);
  return {buffer.data(), end.size};
}

// At most `most` bytes, which are cut between characters.
template <class Take>
void append(std::string& out, std::string_view text, std::size_t most, Take take) {
  std::array<char, 8> buffer{};
  const std::size_t start = out.size();
  std::size_t fits = start;  // what may stay if something has to be cut
  while (!text.empty()) {
    const std::string_view next = take(text, buffer);
    if (out.size() + next.size() > start + most) {
      out.resize(fits);
      if (most >= kCut.size()) out += kCut;
      return;
    }
    out += next;
    if (out.size() + kCut.size() <= start + most) fits = out.size();
  }
}

std::string_view or_dash(std::string_view text) {
  return text.empty() ? std::string_view("-") : text;
}

std::string apache_line(const AccessFacts& facts) {
  std::string out;
  out.reserve(256);
  const auto add = [&](std::string_view text, std::size_t most) {
    append(out, text, most, take_text);
  };
  add(facts.client_addr, kMaxAccessValue);
  out += ' ';
  add(or_dash(facts.client_id), kMaxAccessValue);
  out += " - [";
  out += format_rfc3339(facts.timestamp);
  out += "] \"";
  add(facts.method, kMaxAccessValue);
  out += ' ';
  add(facts.uri, kMaxAccessUri);
  out += ' ';
  out += facts.version;
  out += "\" ";
  out += facts.end.status == 0 ? std::string("-") : fmt::to_string(facts.end.status);
  out += '\n';
  return out;
}

std::uint64_t nanoseconds(TimePoint from, TimePoint to) {
  return static_cast<std::uint64_t>(std::max(to - from, Duration::zero()).count());
}

// A text, or a number where the fact is one; nothing where it is a number that is not known.
struct Value {
  std::string_view text;
  std::optional<std::uint64_t> number;
  bool is_number = false;
};
Value number(std::optional<std::uint64_t> value) {
  return {{}, value, true};
}

std::optional<std::uint64_t> as_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

Value value_of(const AccessField& field, const AccessFacts& facts) {
  const ExchangeEnd& end = facts.end;
  switch (field.fact) {
    case AccessFact::kClientAddr: return {facts.client_addr};
    case AccessFact::kClientId: return {or_dash(facts.client_id)};
    case AccessFact::kHost: return {facts.host};
    case AccessFact::kMethod: return {facts.method};
    case AccessFact::kProcessingNs:
      return number(nanoseconds(end.started, end.answered.value_or(end.ended)));
    case AccessFact::kRequestBytes: return number(as_number(facts.request_bytes));
    case AccessFact::kResponseBytes: return number(end.response_bytes);
    case AccessFact::kStatus: return number(end.status);
    case AccessFact::kTimestamp: break;  // written by who asks
    case AccessFact::kTotalNs: return number(nanoseconds(end.started, end.ended));
    case AccessFact::kTraceId: return {facts.trace_id};
    case AccessFact::kUri: return {facts.uri};
    case AccessFact::kUserAgent: return {facts.user_agent};
    case AccessFact::kVersion: return {facts.version};
    case AccessFact::kTargetAddr: return {facts.target_addr};
    case AccessFact::kGrpcStatus:
      return number(end.grpc_status ? std::optional<std::uint64_t>(*end.grpc_status)
                                    : std::nullopt);
    case AccessFact::kError: return {end.error};
    case AccessFact::kHeader: return {facts.headers[field.header]};
    case AccessFact::kText: return {field.text};
  }
  return {};
}

// Of a field whose value is empty, or a number: what has to stay free for those that follow.
std::size_t least_size(const AccessField& field) {
  return 2 * field.key.size() + kNumberSize + 12;
}

class JsonLine {
 public:
  // Of `left` bytes some are kept for what follows.
  void add(const AccessField& field, const AccessFacts& facts, bool numbers_are_texts) {
    out_ += out_.empty() ? "{\"" : ",\"";
    append(out_, field.key, 2 * kMaxAccessFieldText, take_json);
    out_ += "\":";
    if (field.fact == AccessFact::kTimestamp) {
      fmt::format_to(std::back_inserter(out_), "\"{}\"", format_rfc3339(facts.timestamp));
      return;
    }
    const Value value = value_of(field, facts);
    if (!value.is_number) return add_text(value.text, field.fact);
    const bool is_text = numbers_are_texts && field.fact != AccessFact::kStatus;
    if (is_text) out_ += '"';
    if (value.number) {
      out_ += fmt::to_string(*value.number);
    } else if (!is_text) {
      out_ += "null";
    }
    if (is_text) out_ += '"';
  }
  void keep(std::size_t bytes) { kept_ = bytes; }
  std::string take() && {
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  void add_text(std::string_view text, AccessFact fact) {
    const std::size_t most = fact == AccessFact::kUri ? kMaxAccessUri : kMaxAccessValue;
    const std::size_t used = out_.size() + kept_ + 4;  // quotes, brace, line feed
    const std::size_t left = kMaxAccessLine > used ? kMaxAccessLine - used : 0;
    out_ += '"';
    append(out_, text, std::min(most, left), take_json);
    out_ += '"';
  }

  std::string out_;
  std::size_t kept_ = 0;
};

}  // namespace

std::string access_line(const AccessLogConfig& config, const AccessFacts& facts) {
  if (config.format == AccessLogFormat::kApache) return apache_line(facts);
  const bool linkerds = config.format == AccessLogFormat::kJson;
  std::size_t kept = 0;
  for (const AccessField& field : config.fields) kept += least_size(field);
  JsonLine line;
  for (const AccessField& field : config.fields) {
    kept -= least_size(field);
    line.keep(kept);
    line.add(field, facts, linkerds);
  }
  return std::move(line).take();
}

}  // namespace seine::proxy
