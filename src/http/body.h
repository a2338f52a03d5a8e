// SPDX-License-Identifier: Apache-2.0
// Body: the content of a message, pulled by whoever sends it on. Polled, not awaited, so that a
// small body that is already here costs no suspension, and so that wrappers (metrics, replay,
// timeouts) are plain objects. Not polling is back-pressure. One loop, one reader.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "http/headers.h"
#include "runtime/buffer.h"
#include "runtime/recycled.h"
#include "runtime/task.h"
#include "runtime/wake.h"

namespace seine::runtime {
class EventLoop;
}

namespace seine::http {

enum class BodyPoll : std::uint8_t {
  kData,     // `data` holds at least one byte
  kEnd,      // complete; trailers() may be asked
  kPending,  // `who` will be woken
  kError,    // see error(); nothing more will come
};

// Destroying a body before its end tells the sender to stop (a reset, a closed connection).
class Body : public runtime::Recycled {
 public:
  virtual ~Body() = default;

  // After kEnd or kError the same answer is given again.
  virtual BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) = 0;
  // After kEnd: the trailers, null if there were none.
  virtual const Headers* trailers() const { return nullptr; }
  // After kError. A reset by the peer has cause kH2 and its code.
  virtual const Error& error() const = 0;
  // What is left to come, where it is known beforehand (content-length). Set before the first poll.
  virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
  // Told by an HTTP/2 sender that met kPending: what it had of the body before has been written to
  // the connection, past the peer's window. Not the place to do anything but wake.
  virtual void on_sent() {}
};

// Null stands for a message without content, already ended.
using BodyPtr = std::unique_ptr<Body>;

// A body that is here already. Empty `bytes` without trailers give null.
BodyPtr make_body(runtime::Bytes bytes, std::optional<Headers> trailers = std::nullopt);
BodyPtr make_body(std::string_view text, std::optional<Headers> trailers = std::nullopt);

// Reads to the end; error kLimit beyond `limit` bytes. For small control messages and tests.
struct Collected {
  std::string bytes;
  Headers trailers;
};
runtime::Task<Result<Collected>> collect(runtime::EventLoop& loop, BodyPtr body, std::size_t limit);

}  // namespace seine::http
