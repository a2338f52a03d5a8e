// SPDX-License-Identifier: Apache-2.0
#include "proxy/transport_header.h"

namespace seine::proxy {

namespace {

constexpr std::string_view kPreface = "transport.l5d.io/v1\r\n\r\n";
constexpr std::size_t kFixed = kPreface.size() + 4;

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

// A cursor over protobuf bytes; every take_* fails at the end.
class ProtoReader {
 public:
  explicit ProtoReader(std::string_view bytes) : bytes_(bytes) {}
  bool done() const { return bytes_.empty(); }

  std::optional<std::uint64_t> take_varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  std::optional<std::string_view> take_bytes() {
    const auto size = take_varint();
    if (!size || *size > bytes_.size()) return std::nullopt;
    const std::string_view taken = bytes_.substr(0, *size);
    bytes_.remove_prefix(*size);
    return taken;
  }
  // Passes over a field of a kind we do not know.
  bool skip(unsigned wire_type) {
    std::size_t fixed = 0;
    switch (wire_type) {
      case 0: return take_varint().has_value();
      case 1: fixed = 8; break;
      case 2: return take_bytes().has_value();
      case 5: fixed = 4; break;
      default: return false;
    }
    if (bytes_.size() < fixed) return false;
    bytes_.remove_prefix(fixed);
    return true;
  }

 private:
  std::string_view bytes_;
};

bool read_session(std::string_view bytes, SessionProtocol& session) {
  ProtoReader reader(bytes);
  while (!reader.done()) {
    const auto tag = reader.take_varint();
    if (!tag || !reader.skip(*tag & 7)) return false;
    if (*tag == (1 << 3 | 2)) session = SessionProtocol::kHttp1;
    if (*tag == (2 << 3 | 2)) session = SessionProtocol::kHttp2;
  }
  return true;
}

bool read_fields(std::string_view bytes, TransportHeader& header) {
  ProtoReader reader(bytes);
  while (!reader.done()) {
    const auto tag = reader.take_varint();
    if (!tag) return false;
    if (*tag == (1 << 3 | 0)) {
      const auto port = reader.take_varint();
      if (!port || *port > 65535) return false;
      header.port = static_cast<std::uint16_t>(*port);
    } else if (*tag == (2 << 3 | 2)) {
      const auto name = reader.take_bytes();
      if (!name) return false;
      header.name = *name;
    } else if (*tag == (3 << 3 | 2)) {
      const auto session = reader.take_bytes();
      if (!session || !read_session(*session, header.session)) return false;
    } else if (!reader.skip(*tag & 7)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string encode(const TransportHeader& header) {
  std::string fields;
  if (header.port != 0) {
    put_varint(fields, 1 << 3 | 0);
    put_varint(fields, header.port);
  }
  if (!header.name.empty()) {
    put_varint(fields, 2 << 3 | 2);
    put_varint(fields, header.name.size());
    fields += header.name;
  }
  if (header.session != SessionProtocol::kNone) {
    put_varint(fields, 3 << 3 | 2);
    put_varint(fields, 2);
    put_varint(fields, header.session == SessionProtocol::kHttp1 ? 1 << 3 | 2 : 2 << 3 | 2);
    put_varint(fields, 0);
  }
  std::string out(kPreface);
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(fields.size() >> shift & 0xff);
  }
  return out + fields;
}

Result<std::optional<DecodedTransportHeader>> decode_transport_header(std::string_view bytes) {
  if (bytes.substr(0, kPreface.size()) != kPreface.substr(0, bytes.size())) {
    return fail(ErrorCode::kProtocol, "the connection does not begin with a transport header");
  }
  if (bytes.size() < kFixed) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = kPreface.size(); i < kFixed; ++i) {
    size = size << 8 | static_cast<unsigned char>(bytes[i]);
  }
  if (size > kMaxTransportHeader) {
    return fail(ErrorCode::kLimit, "the transport header is longer than 64 KiB");
  }
  if (bytes.size() < kFixed + size) return std::nullopt;
  DecodedTransportHeader decoded{.header = {}, .size = kFixed + size};
  if (!read_fields(bytes.substr(kFixed, size), decoded.header) || decoded.header.port == 0) {
    return fail(ErrorCode::kProtocol, "the transport header is malformed or names no port");
  }
  return decoded;
}

}  // namespace seine::proxy
