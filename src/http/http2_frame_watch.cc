// SPDX-License-Identifier: Apache-2.0
#include "http/http2_frame_watch.h"

#include <algorithm>
#include <utility>

namespace seine::http {

namespace {

// RFC 9113, section 6.
enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kWindowUpdate = 8,
  kLast = 9
};
constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kPadded = 8;
constexpr std::size_t kMostPadding = 256;  // with the octet that says how much

std::uint32_t number(const char* bytes, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

std::optional<Http2Code> Http2FrameWatch::read(std::string_view bytes) {
  while (!broken_) {
    const std::size_t skipped = std::min(skip_, bytes.size());
    skip_ -= skipped;
    bytes.remove_prefix(skipped);
    if (bytes.empty()) break;
    std::size_t wanted = kHeader;
    if (have_ >= kHeader) wanted += kDependency;
    const std::size_t taken = std::min(wanted - have_, bytes.size());
    std::copy_n(bytes.begin(), taken, start_.begin() + static_cast<std::ptrdiff_t>(have_));
    have_ += taken;
    bytes.remove_prefix(taken);
    if (have_ < wanted) break;
    const Header frame = header();
    if (have_ == kHeader && frame.type == kPriority && frame.length >= kDependency) continue;
    skip_ = frame.length - (have_ - kHeader);
    have_ = 0;
    look_at(frame);
  }
  return broken_;
}

Http2FrameWatch::Header Http2FrameWatch::header() const {
  constexpr std::uint32_t kReservedBit = 0x8000'0000;
  return {number(start_.data(), 3), static_cast<std::uint8_t>(start_[3]),
          static_cast<std::uint8_t>(start_[4]), number(start_.data() + 5, 4) & ~kReservedBit};
}

void Http2FrameWatch::look_at(const Header& header) {
  switch (header.type) {
    case kData:
      // Padding may be all there is, of so little.
      if ((header.length == 0 ||
           (header.length <= kMostPadding && (header.flags & kPadded) != 0)) &&
          (header.flags & kEndStream) == 0) {
        ++empty_data_;
      }
      [[fallthrough]];
    case kHeaders:
      if (has_ended(header.stream)) {
        broken_ = Http2Code::kStreamClosed;
        return;
      }
      if (header.type == kHeaders) look_at_headers(header.stream);
      if ((header.flags & kEndStream) != 0) remember_end(header.stream);
      break;
    case kRstStream: remember_end(header.stream); break;
    case kPriority: look_at_priority(header); break;
    case kWindowUpdate: ++control_; break;
    default:
      if (header.type > kLast) ++control_;
  }
}

// To open a stream closes those below it that were never opened.
void Http2FrameWatch::look_at_headers(std::uint32_t stream) {
  if (stream > highest_) {
    if (stream > highest_ + 2) {
      skipped_from_ = highest_;
      skipped_to_ = stream;
    }
    highest_ = stream;
  } else if (stream > skipped_from_ && stream < skipped_to_) {
    broken_ = Http2Code::kProtocolError;
  }
}

void Http2FrameWatch::look_at_priority(const Header& header) {
  constexpr std::uint32_t kExclusiveBit = 0x8000'0000;
  ++control_;
  const bool depends = header.length >= kDependency;
  const std::uint32_t on = number(start_.data() + kHeader, kDependency) & ~kExclusiveBit;
  if (header.stream == 0 || (depends && on == header.stream)) broken_ = Http2Code::kProtocolError;
}

bool Http2FrameWatch::has_ended(std::uint32_t stream) const {
  return stream != 0 && std::find(ended_.begin(), ended_.end(), stream) != ended_.end();
}

void Http2FrameWatch::remember_end(std::uint32_t stream) {
  ended_[next_ended_] = stream;
  next_ended_ = (next_ended_ + 1) % kRemembered;
}

}  // namespace seine::http
