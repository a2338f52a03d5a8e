// SPDX-License-Identifier: Apache-2.0
// Heads of HTTP/1 messages, without I/O. HeadBuffer finds where a head ends, however the bytes are
// cut; the parsers then read the whole head in one pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "http/http1_fields.h"
#include "http/message.h"
#include "runtime/buffer.h"

namespace seine::http {

// How the end of a body is told.
struct Framing {
  enum class Kind : std::uint8_t {
    kNone,    // no body at all
    kLength,  // exactly `length` bytes, at least one
    kChunked,
    kUntilClose,  // raw bytes until the sender shuts down; also both ways of a tunnel
  };
  Kind kind = Kind::kNone;
  std::uint64_t length = 0;
  bool operator==(const Framing&) const = default;
};

// Collects one head across reads. In the usual case, all of it in one read, nothing is copied.
class HeadBuffer {
 public:
  HeadBuffer() = default;
  // What waits for the rest of its head counts in `share`, which outlives this.
  explicit HeadBuffer(runtime::ByteBudget::Share& share) : charge_(std::in_place, share, 0U) {}
  // Moves bytes of the head from the front of `in`. True: text() holds a whole head, `in` what
  // follows it. False: all of `in` was taken, more is needed. Fails on a bare LF, on a first byte
  // that no head begins with, and beyond kMaxHeadSize (kLimit, 431).
  std::expected<bool, HeadError> feed(runtime::Bytes& in);
  // The head with its final empty line; until clear().
  std::string_view text() const { return spill_.empty() ? whole_.view() : spill_; }
  // Whether no byte of a head has come yet.
  bool empty() const { return spill_.empty() && whole_.empty(); }
  void clear();

 private:
  // The size of the head, 0 if its end is not in `text`.
  std::expected<std::size_t, HeadError> find_end(std::string_view text);
  void charge() {
    if (charge_) charge_->set(spill_.size());
  }

  runtime::Bytes whole_;
  std::string spill_;
  std::optional<runtime::ByteBudget::Charge> charge_;  // for it
  std::size_t scanned_ = 0;
  std::size_t line_ = 0;  // where the line begins that holds scanned_
};

struct RequestFacts {
  Framing framing;
  bool keep_alive = false;       // the client lets the connection be used again
  bool expect_continue = false;  // it waits for a 100 before it sends the body
  bool upgrade = false;          // asks to change the protocol (HTTP/1.1, not h2c, without a body)
  bool host_missing = false;     // HTTP/1.1 without Host and authority: the caller decides
  bool hop_by_hop = false;       // remove_hop_by_hop() has something to do
};

// `text` is a whole head as HeadBuffer gives it. One empty line before it is skipped (RFC 9112
// 2.2). Statuses: 400, 417, 431, 501 (transfer coding), 505 (version).
// In absolute form the Host field is made equal to the authority (RFC 9112 3.2.2).
std::expected<RequestFacts, HeadError> parse_request_head(std::string_view text, RequestHead& head);

// What was asked decides how the answer is framed.
struct Asked {
  bool head = false;     // method HEAD
  bool connect = false;  // method CONNECT
  bool upgrade = false;  // the request asked for an upgrade
};
Asked asked_by(const RequestHead& head);

struct ResponseFacts {
  Framing framing;
  bool keep_alive = false;
  bool tunnel = false;  // 101, or 2xx to CONNECT: raw bytes both ways from here on
  bool hop_by_hop = false;
};

// Errors kProtocol or kLimit. Informational responses (100 to 199 but 101) have no body; the caller
// skips them. 101 without a request for it is an error. Content-Length and Transfer-Encoding of a
// 2xx to CONNECT are removed (RFC 9110 9.3.6).
Result<ResponseFacts> parse_response_head(std::string_view text, Asked asked, ResponseHead& head);

}  // namespace seine::http
