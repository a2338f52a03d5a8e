// SPDX-License-Identifier: Apache-2.0
#include "crypto/client_hello.h"

#include <optional>
#include <string_view>
#include <utility>

#include "crypto/names.h"

namespace seine::crypto {
namespace {

using Kind = ClientHello::Kind;

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHelloMessage = 1;
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMessageHeader = 4;
constexpr std::size_t kMaxFragment = 16384;  // RFC 8446, 5.1
constexpr std::uint16_t kServerNameExtension = 0;
constexpr std::uint16_t kAlpnExtension = 16;

// Big-endian fields off the front of a buffer; nullopt once it is too short.
class Fields {
 public:
  explicit Fields(std::string_view rest) : rest_(rest) {}

  bool done() const { return rest_.empty(); }
  std::optional<std::string_view> take(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    const std::string_view out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return out;
  }
  std::optional<std::uint32_t> number(std::size_t width) {
    const auto octets = take(width);
    if (!octets) return std::nullopt;
    std::uint32_t value = 0;
    for (const char octet : *octets) value = value << 8 | static_cast<std::uint8_t>(octet);
    return value;
  }
  // A vector: its length in `width` octets, then so many octets.
  std::optional<std::string_view> vector(std::size_t width) {
    const auto size = number(width);
    return size ? take(*size) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

bool read_server_name(std::string_view body, ClientHello& out) {
  const auto list = Fields(body).vector(2);
  if (!list) return false;
  Fields fields(*list);
  while (!fields.done()) {
    const auto type = fields.number(1);
    const auto name = fields.vector(2);
    if (!type || !name) return false;
    if (*type != 0 || !out.server_name.empty()) continue;
    if (auto parsed = SubjectName::parse_dns(*name)) out.server_name = parsed->text();
  }
  return true;
}

bool read_alpn(std::string_view body, ClientHello& out) {
  const auto list = Fields(body).vector(2);
  if (!list) return false;
  Fields fields(*list);
  while (!fields.done()) {
    const auto protocol = fields.vector(1);
    if (!protocol || protocol->empty()) return false;
    out.alpn.emplace_back(*protocol);
  }
  return true;
}

bool read_extensions(std::string_view extensions, ClientHello& out) {
  Fields fields(extensions);
  while (!fields.done()) {
    const auto type = fields.number(2);
    const auto body = fields.vector(2);
    if (!type || !body) return false;
    if (*type == kServerNameExtension && !read_server_name(*body, out)) return false;
    if (*type == kAlpnExtension && !read_alpn(*body, out)) return false;
  }
  return true;
}

ClientHello read_message(std::string_view message) {
  ClientHello out;
  Fields fields(message);
  const auto version = fields.number(2);
  const auto random = fields.take(32);
  const auto session = fields.vector(1);
  const auto ciphers = fields.vector(2);
  const auto compression = fields.vector(1);
  if (!version || *version >> 8 != 3 || !random || !session || !ciphers || ciphers->empty() ||
      !compression) {
    return out;
  }
  if (!fields.done()) {
    const auto extensions = fields.vector(2);
    if (!extensions || !fields.done() || !read_extensions(*extensions, out)) return ClientHello{};
  }
  out.kind = Kind::kHello;
  return out;
}

// The handshake message that the leading records carry; `bytes` are whole for kHello only.
struct Handshake {
  Kind kind = Kind::kNeedMore;
  std::string bytes;
};

bool could_open_record(std::string_view bytes) {
  if (!bytes.empty() && static_cast<std::uint8_t>(bytes[0]) != kHandshakeRecord) return false;
  if (bytes.size() > 1 && bytes[1] != 3) return false;
  return bytes.size() <= 2 || bytes[2] == 1 || bytes[2] == 3;
}

Handshake join_records(std::string_view bytes) {
  Handshake out;
  std::size_t declared = 0;  // what the records so far say they hold
  for (;;) {
    if (!could_open_record(bytes)) return {Kind::kNotTls, {}};
    if (bytes.size() < kRecordHeader) return out;
    const std::size_t size = *Fields(bytes.substr(3)).number(2);
    if (size == 0 || size > kMaxFragment) return {Kind::kNotTls, {}};
    bytes.remove_prefix(kRecordHeader);
    declared += size;
    out.bytes += bytes.substr(0, size);
    if (!out.bytes.empty() && static_cast<std::uint8_t>(out.bytes[0]) != kClientHelloMessage) {
      return {Kind::kNotTls, {}};
    }
    if (out.bytes.size() >= kMessageHeader) {
      const std::size_t expected =
          kMessageHeader + *Fields(std::string_view(out.bytes).substr(1)).number(3);
      // A hello ends its record: nothing else is a client's first word.
      if (expected > kMaxClientHello || declared > expected) return {Kind::kNotTls, {}};
      if (out.bytes.size() == expected) return {Kind::kHello, std::move(out.bytes)};
    }
    if (bytes.size() < size) return out;
    bytes.remove_prefix(size);
  }
}

}  // namespace

ClientHello read_client_hello(std::span<const std::byte> bytes) {
  const bool full = bytes.size() >= kMaxClientHello;
  if (full) bytes = bytes.first(kMaxClientHello);
  const Handshake handshake =
      join_records({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (handshake.kind == Kind::kNeedMore && full) return ClientHello{};
  if (handshake.kind != Kind::kHello) return ClientHello{.kind = handshake.kind};
  return read_message(std::string_view(handshake.bytes).substr(kMessageHeader));
}

}  // namespace seine::crypto
