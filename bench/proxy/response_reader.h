// SPDX-License-Identifier: Apache-2.0
// Reads HTTP/1.1 responses of a known shape: Content-Length, and a body that is pattern_body(n).
// One response at a time, since the load generator has one request out per connection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seine::bench {

// "abc...xyzabc...": `size` bytes, what the responder sends and the load generator expects.
std::string pattern_body(std::size_t size);

// A gRPC message as it is sent: "\0" and the length, big endian, in front of it.
std::string grpc_frame(std::string_view message);

class ResponseReader {
 public:
  enum class Outcome : std::uint8_t { kMore, kDone, kBadStatus, kBadBody, kMalformed };

  // `expected` outlives the reader; null accepts any body.
  explicit ResponseReader(const std::string* expected) : expected_(expected) {}

  // Takes bytes of the current response; anything but kMore ends it. Bytes beyond its end are
  // kMalformed: nobody asked for them. A bad status is told only when its body has been read.
  Outcome feed(std::string_view bytes);
  bool keeps_alive() const { return keeps_alive_; }
  bool has_begun() const { return in_body_ || !head_.empty(); }
  void reset();

 private:
  bool parse_head(std::string_view head);
  Outcome take_body(std::string_view bytes);

  const std::string* expected_;
  std::string head_;  // only while a head is split over reads
  bool in_body_ = false;
  bool keeps_alive_ = true;
  bool body_is_right_ = true;
  int status_ = 0;
  std::size_t length_ = 0;
  std::size_t received_ = 0;
};

}  // namespace seine::bench
