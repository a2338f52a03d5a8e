// SPDX-License-Identifier: Apache-2.0
// Heads of HTTP/1 messages as bytes. The writer decides the framing itself and alone: fields that
// frame (content-length, transfer-encoding) or belong to one connection are never copied from the
// message, but derived from its body and from what the connection will do next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/http1_head.h"
#include "http/message.h"

namespace seine::http {

// What to say about the connection.
enum class ConnectionOption : std::uint8_t { kNone, kClose, kKeepAlive, kUpgrade };

// Fields that a head has more once it is written: host, framing, connection, upgrade.
inline constexpr std::size_t kMaxAddedFields = 4;

// How to send `body` (null: none). Its length() is believed first, then a valid content-length
// field, else it is chunked, or for HTTP/1.0 responses ended by closing.
Framing request_framing(const RequestHead& head, const Body* body);
Framing response_framing(const ResponseHead& head, const Body* body, Asked asked, Version version);

// Appends the head with its final empty line. The target is written in absolute form if scheme and
// authority are set and the version is HTTP/1; a head that came by HTTP/2 is written in origin
// form. The authority, where it is set, becomes Host, whatever the Host field says. HTTP/1.0
// stays 1.0 unless the body must be chunked. Error kInvalidArgument, nothing appended, if a part
// holds what could split the message (CR, LF, NUL or another control character, or space in the
// target).
Result<void> append_request_head(std::string& out, const RequestHead& head, Framing framing,
                                 ConnectionOption option);

// Writes `version` (HTTP/2 as 1.1). In answer to HEAD, and for 304, a content-length of the message
// is kept: it tells what the body would have been.
Result<void> append_response_head(std::string& out, const ResponseHead& head, Framing framing,
                                  Asked asked, Version version, ConnectionOption option);

// Appends "name: value CRLF" for each field that a trailer section may hold, and the empty line.
// Fields that could split the message are left out.
void append_trailers(std::string& out, const Headers& trailers);

// "1f4\r\n"
struct ChunkHeader {
  explicit ChunkHeader(std::uint64_t size);
  std::string_view view() const { return {text.data() + begin, text.size() - begin}; }
  std::array<char, 18> text;
  std::size_t begin;
};

// "Not Found"; empty for a status without a well-known phrase.
std::string_view reason_phrase(std::uint16_t status);

}  // namespace seine::http
