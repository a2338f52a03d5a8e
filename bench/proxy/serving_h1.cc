// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>

#include "proxy/serving.h"

namespace seine::bench {
namespace {

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kResponsesPerSend = 64;

// The value of Content-Length in a head; 0 without one, npos if it is not a number.
std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "\ncontent-length:";
  for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    auto line = head.substr(at);
    if (line.size() <= kName.size() || ::strncasecmp(line.data(), kName.data(), kName.size()) != 0)
      continue;
    line = line.substr(kName.size(), line.find('\r') - kName.size());
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    std::size_t value = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), value);
    return parsed.ec == std::errc() ? value : std::string_view::npos;
  }
  return 0;
}

class H1Serving final : public Serving {
 public:
  H1Serving(int fd, const std::string& response) : fd_(fd), response_(response) {}

  bool received(std::string_view bytes) override;
  bool flush() override;

 private:
  const int fd_;
  const std::string& response_;
  std::string partial_;        // a request head that is not whole yet
  std::size_t body_left_ = 0;  // of the request being skipped
  std::size_t owed_ = 0;       // responses
  std::size_t sent_ = 0;       // bytes of the first one owed
};

bool H1Serving::received(std::string_view bytes) {
  std::string joined;
  if (!partial_.empty()) {
    joined = std::move(partial_) + std::string(bytes);
    partial_.clear();
    bytes = joined;
  }
  while (!bytes.empty()) {
    const std::size_t skipped = std::min(body_left_, bytes.size());
    bytes.remove_prefix(skipped);
    body_left_ -= skipped;
    if (skipped > 0 && body_left_ == 0) ++owed_;
    if (bytes.empty()) break;
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      partial_.assign(bytes);
      return partial_.size() <= kMaxHead;
    }
    const auto head = bytes.substr(0, end + 4);
    body_left_ = head.starts_with("GET ") ? 0 : content_length(head);
    if (body_left_ == std::string_view::npos) return false;
    if (body_left_ == 0) ++owed_;
    bytes.remove_prefix(head.size());
  }
  return true;
}

bool H1Serving::flush() {
  while (owed_ > 0) {
    std::array<iovec, kResponsesPerSend> parts;
    const std::size_t count = std::min(owed_, parts.size());
    for (std::size_t i = 0; i < count; ++i)
      parts[i] = {const_cast<char*>(response_.data()), response_.size()};
    parts[0] = {const_cast<char*>(response_.data()) + sent_, response_.size() - sent_};
    const ssize_t n = ::writev(fd_, parts.data(), static_cast<int>(count));
    if (n < 0) return errno == EAGAIN;
    sent_ += static_cast<std::size_t>(n);
    owed_ -= sent_ / response_.size();
    sent_ %= response_.size();
  }
  return true;
}

}  // namespace

std::string make_h1_response(std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nContent-Type: text/plain\r\n\r\n{}",
                     body.size(), body);
}

std::unique_ptr<Serving> serve_h1(int fd, const std::string& response) {
  return std::make_unique<H1Serving>(fd, response);
}

}  // namespace seine::bench
