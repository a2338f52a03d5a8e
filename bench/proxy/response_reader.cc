// SPDX-License-Identifier: Apache-2.0
#include "proxy/response_reader.h"

#include <strings.h>

#include <charconv>
#include <cstring>

namespace seine::bench {
namespace {

constexpr std::size_t kMaxHead = 16 * 1024;

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool parse_whole(std::string_view text, auto& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

}  // namespace

std::string pattern_body(std::size_t size) {
  std::string body(size, '\0');
  for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 26);
  return body;
}

std::string grpc_frame(std::string_view message) {
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string frame(1, '\0');
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>((size >> shift) & 0xff);
  return frame + std::string(message);
}

void ResponseReader::reset() {
  head_.clear();
  in_body_ = false;
  keeps_alive_ = true;
  body_is_right_ = true;
  status_ = 0;
  length_ = 0;
  received_ = 0;
}

bool ResponseReader::parse_head(std::string_view head) {
  auto line = head.substr(0, head.find("\r\n"));
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return false;
  if (!parse_whole(line.substr(9, 3), status_) || status_ < 200) return false;
  keeps_alive_ = line[7] == '1';
  bool has_length = false;
  while (line.size() + 2 < head.size()) {
    head.remove_prefix(line.size() + 2);
    line = head.substr(0, head.find("\r\n"));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const auto value = trim(line.substr(colon + 1));
    const auto name = line.substr(0, colon);
    if (equals_ignoring_case(name, "content-length")) {
      has_length = parse_whole(value, length_);
    } else if (equals_ignoring_case(name, "connection")) {
      keeps_alive_ = !equals_ignoring_case(value, "close");
    }
  }
  return has_length;
}

ResponseReader::Outcome ResponseReader::take_body(std::string_view bytes) {
  if (bytes.size() > length_ - received_) return Outcome::kMalformed;
  if (expected_ != nullptr) {
    body_is_right_ = body_is_right_ && received_ + bytes.size() <= expected_->size() &&
                     std::memcmp(expected_->data() + received_, bytes.data(), bytes.size()) == 0;
  }
  received_ += bytes.size();
  if (received_ < length_) return Outcome::kMore;
  if (status_ != 200) return Outcome::kBadStatus;
  if (expected_ != nullptr && (!body_is_right_ || length_ != expected_->size()))
    return Outcome::kBadBody;
  return Outcome::kDone;
}

ResponseReader::Outcome ResponseReader::feed(std::string_view bytes) {
  if (in_body_) return take_body(bytes);
  std::string_view all = bytes;
  if (!head_.empty()) {
    head_.append(bytes);
    all = head_;
  }
  const auto end = all.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (all.size() > kMaxHead) return Outcome::kMalformed;
    if (head_.empty()) head_.assign(bytes);
    return Outcome::kMore;
  }
  if (end > kMaxHead || !parse_head(all.substr(0, end + 2))) return Outcome::kMalformed;
  in_body_ = true;
  return take_body(all.substr(end + 4));
}

}  // namespace seine::bench
