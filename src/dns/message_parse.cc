// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <utility>

#include "dns/message.h"

namespace seine::dns {
namespace {

// Reads big-endian integers; every read past the end makes it fail for good.
class Cursor {
 public:
  explicit Cursor(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return integer(4); }
  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > bytes_.size() - at_) {
      failed_ = true;
      return {};
    }
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  Result<Name> name() { return Name::from_wire(bytes_, at_); }
  std::size_t at() const { return at_; }
  bool failed() const { return failed_; }

 private:
  std::uint32_t integer(std::size_t width) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : take(width)) value = value << 8 | byte;
    return value;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

std::unexpected<Error> short_message() {
  return fail(ErrorCode::kProtocol, "a DNS message ends in the middle of a record");
}

std::unexpected<Error> bad_rdata(const char* type) {
  return fail(ErrorCode::kProtocol, std::string("the data of a record of type ") + type +
                                        " does not have its stated length");
}

template <class T>
Result<Rdata> parse_address(Cursor& cursor, std::size_t length, const char* type) {
  T out;
  if (length != out.address.size()) return bad_rdata(type);
  std::ranges::copy(cursor.take(length), out.address.begin());
  return out;
}

// Data that is one name.
template <class T>
Result<Rdata> parse_target(Cursor& cursor) {
  auto name = cursor.name();
  if (!name) return fail(std::move(name.error()));
  return T{std::move(*name)};
}

Result<Rdata> parse_soa(Cursor& cursor) {
  Soa soa;
  auto primary = cursor.name();
  if (!primary) return fail(std::move(primary.error()));
  auto mailbox = cursor.name();
  if (!mailbox) return fail(std::move(mailbox.error()));
  soa.primary = std::move(*primary);
  soa.mailbox = std::move(*mailbox);
  soa.serial = cursor.u32();
  soa.refresh = cursor.u32();
  soa.retry = cursor.u32();
  soa.expire = cursor.u32();
  soa.minimum = cursor.u32();
  return soa;
}

Result<Rdata> parse_srv(Cursor& cursor) {
  Srv srv;
  srv.priority = cursor.u16();
  srv.weight = cursor.u16();
  srv.port = cursor.u16();
  auto target = cursor.name();
  if (!target) return fail(std::move(target.error()));
  srv.target = std::move(*target);
  return srv;
}

Result<Rdata> parse_known(Cursor& cursor, Type type, std::size_t length) {
  switch (type) {
    case Type::kA: return parse_address<A>(cursor, length, "A");
    case Type::kAaaa: return parse_address<Aaaa>(cursor, length, "AAAA");
    case Type::kNs: return parse_target<Ns>(cursor);
    case Type::kCname: return parse_target<Cname>(cursor);
    case Type::kPtr: return parse_target<Ptr>(cursor);
    case Type::kSoa: return parse_soa(cursor);
    case Type::kSrv: return parse_srv(cursor);
    default: {
      const auto bytes = cursor.take(length);
      return Opaque{type, {bytes.begin(), bytes.end()}};
    }
  }
}

void apply_flags(Message& message, std::uint16_t flags) {
  message.is_response = (flags & 0x8000) != 0;
  message.opcode = static_cast<Opcode>(flags >> 11 & 0xf);
  message.authoritative = (flags & 0x0400) != 0;
  message.truncated = (flags & 0x0200) != 0;
  message.recursion_desired = (flags & 0x0100) != 0;
  message.recursion_available = (flags & 0x0080) != 0;
  message.authentic_data = (flags & 0x0020) != 0;
  message.checking_disabled = (flags & 0x0010) != 0;
  message.rcode = static_cast<Rcode>(flags & 0xf);
}

Result<void> apply_edns(Message& message, const Name& name, std::uint16_t udp_bytes,
                        std::uint32_t ttl, std::span<const std::uint8_t> options) {
  if (message.edns) return fail(ErrorCode::kProtocol, "a DNS message has two OPT records");
  if (!name.is_root()) return fail(ErrorCode::kProtocol, "an OPT record has a name");
  message.edns = Edns{.udp_bytes = udp_bytes,
                      .version = static_cast<std::uint8_t>(ttl >> 16 & 0xff),
                      .flags = static_cast<std::uint16_t>(ttl & 0xffff),
                      .options = {options.begin(), options.end()}};
  const auto low = static_cast<std::uint16_t>(message.rcode);
  message.rcode = static_cast<Rcode>((ttl >> 24) << 4 | low);
  return {};
}

Result<void> parse_record(Cursor& cursor, Message& message, std::vector<Record>& section) {
  auto name = cursor.name();
  if (!name) return fail(std::move(name.error()));
  const auto type = static_cast<Type>(cursor.u16());
  const std::uint16_t dns_class = cursor.u16();
  const std::uint32_t ttl = cursor.u32();
  const std::size_t length = cursor.u16();
  const std::size_t start = cursor.at();
  if (type == Type::kOpt) {
    if (&section != &message.additionals) {
      return fail(ErrorCode::kProtocol, "an OPT record stands outside the additional section");
    }
    const auto options = cursor.take(length);
    if (cursor.failed()) return short_message();
    return apply_edns(message, *name, dns_class, ttl, options);
  }
  Record record{.name = std::move(*name), .dns_class = static_cast<Class>(dns_class), .ttl = ttl};
  Result<Rdata> data;
  if (record.dns_class == Class::kIn) {
    data = parse_known(cursor, type, length);
  } else {
    const auto bytes = cursor.take(length);
    data = Opaque{type, {bytes.begin(), bytes.end()}};
  }
  if (!data) return fail(std::move(data.error()));
  if (cursor.failed()) return short_message();
  if (cursor.at() - start != length) return bad_rdata("with a name");
  record.data = std::move(*data);
  section.push_back(std::move(record));
  return {};
}

}  // namespace

Result<Message> parse_message(std::span<const std::uint8_t> bytes) {
  Cursor cursor(bytes);
  Message message;
  message.id = cursor.u16();
  apply_flags(message, cursor.u16());
  const std::size_t question_count = cursor.u16();
  const std::size_t counts[] = {cursor.u16(), cursor.u16(), cursor.u16()};
  if (cursor.failed()) return fail(ErrorCode::kProtocol, "a DNS message is under 12 bytes");
  if (question_count > kMaxQuestions) {
    return fail(ErrorCode::kLimit, "a DNS message has more than 16 questions");
  }
  if (counts[0] + counts[1] + counts[2] > kMaxRecords) {
    return fail(ErrorCode::kLimit, "a DNS message has more than 1024 records");
  }
  for (std::size_t i = 0; i < question_count; ++i) {
    auto name = cursor.name();
    if (!name) return fail(std::move(name.error()));
    const auto type = static_cast<Type>(cursor.u16());
    const auto dns_class = static_cast<Class>(cursor.u16());
    if (cursor.failed()) return short_message();
    message.questions.push_back({std::move(*name), type, dns_class});
  }
  std::vector<Record>* const sections[] = {&message.answers, &message.authorities,
                                           &message.additionals};
  for (std::size_t section = 0; section < 3; ++section) {
    for (std::size_t i = 0; i < counts[section]; ++i) {
      auto parsed = parse_record(cursor, message, *sections[section]);
      if (!parsed) return fail(std::move(parsed.error()));
    }
  }
  return message;
}

}  // namespace seine::dns
