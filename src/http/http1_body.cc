// SPDX-License-Identifier: Apache-2.0
#include "http/http1_body.h"

#include <algorithm>
#include <utility>

#include "http/http1_fields.h"

namespace seine::http {

namespace {

constexpr std::uint64_t kMaxChunk = std::uint64_t{1} << 63;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

BodyDecoder::BodyDecoder(Framing framing) : left_(framing.length) {
  switch (framing.kind) {
    case Framing::Kind::kNone: break;
    case Framing::Kind::kLength:
      if (left_ > 0) state_ = State::kLength;
      break;
    case Framing::Kind::kChunked: state_ = State::kSize; break;
    case Framing::Kind::kUntilClose: state_ = State::kUntilClose; break;
  }
}

BodyDecoder::Extra& BodyDecoder::extra() {
  if (extra_ == nullptr) extra_ = std::make_unique<Extra>();
  return *extra_;
}

bool BodyDecoder::refuse(ErrorCode code, std::string sentence) {
  extra().error = make_error(code, std::move(sentence));
  state_ = State::kFailed;
  return false;
}

std::optional<std::uint64_t> BodyDecoder::remaining() const {
  if (state_ == State::kLength || state_ == State::kDone) return left_;
  return std::nullopt;
}

const Headers* BodyDecoder::trailers() const {
  return extra_ != nullptr && !extra_->trailers.empty() ? &extra_->trailers : nullptr;
}

BodyDecoder::Step BodyDecoder::take_data(runtime::Bytes& in, runtime::Bytes& data) {
  if (state_ == State::kUntilClose || left_ > in.size()) {
    if (state_ != State::kUntilClose) left_ -= in.size();
    data = std::exchange(in, runtime::Bytes());
    return Step::kData;
  }
  data = in.take_prefix(static_cast<std::size_t>(left_));
  if (in.empty()) in = runtime::Bytes();
  left_ = 0;
  state_ = state_ == State::kLength ? State::kDone : State::kDataCr;
  return Step::kData;
}

BodyDecoder::Step BodyDecoder::next(runtime::Bytes& in, runtime::Bytes& data) {
  for (;;) {
    switch (state_) {
      case State::kDone: return Step::kEnd;
      case State::kFailed: return Step::kError;
      case State::kLength:
      case State::kUntilClose:
      case State::kData:
        if (in.empty()) return Step::kNeedMore;
        return take_data(in, data);
      default: break;
    }
    const std::string_view bytes = in.view();
    std::size_t used = 0;
    while (used < bytes.size() && state_ != State::kData && state_ != State::kDone) {
      if (!take_frame_byte(bytes[used])) return Step::kError;
      ++used;
    }
    in.remove_prefix(used);
    if (in.empty()) in = runtime::Bytes();
    if (state_ != State::kData && state_ != State::kDone) return Step::kNeedMore;
  }
}

BodyDecoder::Step BodyDecoder::end_of_input() {
  if (state_ == State::kUntilClose) state_ = State::kDone;
  if (state_ == State::kDone) return Step::kEnd;
  if (state_ != State::kFailed) refuse(ErrorCode::kEof, "the peer closed in the middle of a body");
  return Step::kError;
}

bool BodyDecoder::take_frame_byte(char c) {
  switch (state_) {
    case State::kSize: return take_size_byte(c);
    case State::kExtension:
      if (++extension_bytes_ > kMaxChunkExtensions) {
        return refuse(ErrorCode::kLimit, "the chunk extensions of a body exceed " +
                                             std::to_string(kMaxChunkExtensions) + " bytes");
      }
      if (c == '\r') {
        state_ = State::kSizeLf;
        return true;
      }
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
        return refuse(ErrorCode::kProtocol, "a chunk extension holds a control character");
      }
      return true;
    case State::kSizeLf:
      if (c != '\n') return refuse(ErrorCode::kProtocol, "a chunk size ends with a bare CR");
      digits_ = 0;
      state_ = left_ > 0 ? State::kData : State::kTrailers;
      return true;
    case State::kDataCr:
      if (c != '\r') return refuse(ErrorCode::kProtocol, "a chunk is longer than its size");
      state_ = State::kDataLf;
      return true;
    case State::kDataLf:
      if (c != '\n') return refuse(ErrorCode::kProtocol, "a chunk ends with a bare CR");
      state_ = State::kSize;
      return true;
    default: return take_trailer_byte(c);
  }
}

bool BodyDecoder::take_size_byte(char c) {
  if (const int digit = hex_value(c); digit >= 0) {
    // Sixteen digits hold all sizes; more would be zeros in front, which only hide something.
    if (++digits_ > 16 || left_ >= kMaxChunk >> 4) {
      return refuse(ErrorCode::kProtocol, "a chunk size is too large");
    }
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return true;
  }
  if (digits_ == 0) return refuse(ErrorCode::kProtocol, "a chunk size is not hexadecimal");
  if (c == '\r') {
    state_ = State::kSizeLf;
  } else if (c == ';') {
    state_ = State::kExtension;
  } else {
    return refuse(ErrorCode::kProtocol, "a chunk size is not hexadecimal");
  }
  return true;
}

bool BodyDecoder::take_trailer_byte(char c) {
  std::string& lines = extra().lines;
  lines.push_back(c);
  if (lines.size() > kMaxHeadSize) {
    return refuse(ErrorCode::kLimit,
                  "the trailers are longer than " + std::to_string(kMaxHeadSize) + " bytes");
  }
  if (c != '\n') return true;
  if (lines.size() < 2 || lines[lines.size() - 2] != '\r') {
    return refuse(ErrorCode::kProtocol, "a trailer line ends with a bare LF");
  }
  if (lines.size() != 2 && !lines.ends_with("\r\n\r\n")) return true;
  lines.resize(lines.size() - 2);
  const auto fields = parse_fields(lines, extra_->trailers);
  if (!fields) return refuse(fields.error().error.code, fields.error().error.message);
  if (fields->content_length || fields->transfer_encoding || fields->hosts > 0) {
    return refuse(ErrorCode::kProtocol, "a trailer frames or routes the message");
  }
  lines = std::string();
  state_ = State::kDone;
  return true;
}

}  // namespace seine::http
