// SPDX-License-Identifier: Apache-2.0
// The field lines of HTTP/1 heads and trailers: one pass that validates, lower-cases and notes what
// matters for framing. Strict on purpose (RFC 9112 where it says MUST, and stricter where two
// readers could disagree): a proxy that guesses is how requests are smuggled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "http/headers.h"

namespace seine::http {

inline constexpr std::size_t kMaxHeadSize = 64 * 1024;  // start line, fields and the empty line
inline constexpr std::size_t kMaxFields = 128;          // per head and per trailer section

// Bytes that cannot be served: the sentence, and the status that tells a client.
struct HeadError {
  Error error;
  std::uint16_t status = 400;
};
inline std::unexpected<HeadError> bad_head(std::string sentence, std::uint16_t status = 400) {
  return std::unexpected(HeadError{make_error(ErrorCode::kProtocol, std::move(sentence)), status});
}

// What the fields say about the connection and the length of the body.
struct FieldFacts {
  std::optional<std::uint64_t> content_length;
  bool transfer_encoding = false;   // present, and exactly "chunked"
  bool close = false;               // Connection: close
  bool keep_alive = false;          // Connection: keep-alive
  bool connection_upgrade = false;  // Connection: upgrade
  bool upgrade = false;             // an Upgrade field asks for more than TLS ...
  bool upgrade_h2c = false;         // ... and for h2c, which is not honoured either
  bool expect_continue = false;
  bool hop_by_hop = false;  // some field of remove_hop_by_hop() is present
  std::uint8_t hosts = 0;
};

// Parses `lines`, each "name: value CRLF", and replaces `headers` by them. Refuses: names that are
// no tokens, space before the colon, folded lines, bare CR, LF or NUL, other control characters,
// several Host fields, a Content-Length that is not digits or that differs from another one, any
// Transfer-Encoding but a single "chunked", both of these together, more than kMaxFields.
std::expected<FieldFacts, HeadError> parse_fields(std::string_view lines, Headers& headers);

// Removes what concerns only one connection (RFC 9110 7.6.1): Connection and the fields it names,
// keep-alive, proxy-connection, transfer-encoding, upgrade, http2-settings, and te unless it is
// "trailers". What frames or routes a message (host, content-length) stays even if Connection names
// it.
void remove_hop_by_hop(Headers& headers);

// Whether the comma-separated `list` holds `token`, ignoring case.
bool list_contains(std::string_view list, std::string_view token);

// Digits only, no sign, no space, at most 2^63.
std::optional<std::uint64_t> parse_content_length(std::string_view text);

// Host, optional port: what a Host field or an authority may hold. No user information.
bool is_authority(std::string_view text);

// For each byte the lower-case form if a token may hold it (RFC 9110 5.6.2), else 0.
extern const std::array<char, 256> kTokenLower;

}  // namespace seine::http
