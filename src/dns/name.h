// SPDX-License-Identifier: Apache-2.0
// Domain names (RFC 1035 3.1 and 4.1.4), as values. A Name is always absolute: "a.b" and "a.b." are
// the same name. Letters keep the case they came in and compare without it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace seine::dns {

class Name {
 public:
  static constexpr std::size_t kMaxWireBytes = 255;  // the final zero included
  static constexpr std::size_t kMaxLabelBytes = 63;

  // The root, ".".
  Name() = default;

  // Text form; `\.` and `\DDD` escape as in zone files. Error kInvalidArgument on an empty text, an
  // empty label, a bad escape or a name over the limits.
  static Result<Name> from_text(std::string_view text);
  // Reads the name at `offset` of a whole message and moves `offset` behind it. A compression
  // pointer must point before the part it continues, so reading always ends. Error kProtocol.
  static Result<Name> from_wire(std::span<const std::uint8_t> message, std::size_t& offset);

  // With the final dot: "web.default.svc.cluster.local."; unprintable bytes as \DDD.
  std::string to_text() const;
  // Each label with its length before it, without the final zero.
  std::string_view wire() const { return wire_; }
  bool is_root() const { return wire_.empty(); }
  std::size_t label_count() const;
  // The labels as they came, left to right; views into this name.
  std::vector<std::string_view> labels() const;

  // "svc.cluster.local." of "web.svc.cluster.local."; the root is its own parent.
  Name parent() const;
  // The same name or a name below `zone`.
  bool is_within(const Name& zone) const;
  // "web" + "default.svc." = "web.default.svc."; error kInvalidArgument over 255 bytes.
  Result<Name> with_suffix(const Name& suffix) const;

  friend bool operator==(const Name& a, const Name& b);
  friend std::weak_ordering operator<=>(const Name& a, const Name& b);

 private:
  std::string wire_;
};

// Writes names with compression against those already written to the same message. It remembers the
// first kMaxRemembered suffixes only: names of one message repeat its first ones, and the search
// stays short whatever is written.
class NameWriter {
 public:
  static constexpr std::size_t kMaxRemembered = 128;

  // Appends `name` to `message`, whose first byte is the message's first byte.
  void write(const Name& name, std::vector<std::uint8_t>& message);
  // Forgets names written at or behind `offset`, for a message cut back to it.
  void forget_from(std::size_t offset);

 private:
  // Suffixes in lower case and where they were written, oldest first.
  std::vector<std::pair<std::string, std::size_t>> written_;
};

}  // namespace seine::dns

// Without regard to case, as names compare.
template <>
struct std::hash<seine::dns::Name> {
  std::size_t operator()(const seine::dns::Name& name) const noexcept;
};
