// SPDX-License-Identifier: Apache-2.0
// Takes the body of an HTTP/1 message out of the bytes of its connection, without I/O and without
// copying: what it gives are slices of what came in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/headers.h"
#include "http/http1_head.h"
#include "runtime/buffer.h"

namespace seine::http {

inline constexpr std::size_t kMaxChunkExtensions = 4 * 1024;  // bytes, over a whole body

class BodyDecoder {
 public:
  explicit BodyDecoder(Framing framing = {});

  enum class Step : std::uint8_t { kData, kNeedMore, kEnd, kError };
  // Takes from the front of `in`. kData: `data` holds at least one byte. kNeedMore: `in` is empty.
  // kEnd: what is left in `in` belongs to the next message. After kEnd and kError nothing changes.
  // Errors kProtocol and kLimit.
  Step next(runtime::Bytes& in, runtime::Bytes& data);
  // The sender has shut down: kEnd if that ends this body, else kError with code kEof.
  Step end_of_input();

  // Whether the end has been reached; after the last byte of a body of known length at once.
  bool done() const { return state_ == State::kDone; }
  bool failed() const { return state_ == State::kFailed; }
  // Bytes still to come, if their number is known.
  std::optional<std::uint64_t> remaining() const;
  // Null if there were none.
  const Headers* trailers() const;
  const Error& error() const { return extra_->error; }

 private:
  enum class State : std::uint8_t {
    kLength,
    kUntilClose,
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailers,
    kDone,
    kFailed,
  };
  // What most bodies never need.
  struct Extra {
    std::string lines;
    Headers trailers;
    Error error;
  };

  Step take_data(runtime::Bytes& in, runtime::Bytes& data);
  // One byte of what surrounds the data; true unless it is wrong.
  bool take_frame_byte(char c);
  bool take_size_byte(char c);
  bool take_trailer_byte(char c);
  bool refuse(ErrorCode code, std::string sentence);
  Extra& extra();

  State state_ = State::kDone;
  std::uint8_t digits_ = 0;  // of the chunk size read so far
  std::uint16_t extension_bytes_ = 0;
  std::uint64_t left_ = 0;  // of the body or of the chunk
  std::unique_ptr<Extra> extra_;
};

}  // namespace seine::http
