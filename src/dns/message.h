// SPDX-License-Identifier: Apache-2.0
// DNS messages (RFC 1035, 2782, 3596, 6891) as values: parsed from and built into bytes, no I/O.
// The resolver asks with them and the mesh's authoritative server answers with them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "dns/name.h"

namespace seine::dns {

inline constexpr std::size_t kMaxMessageBytes = 65535;
// Without EDNS0 a UDP message holds no more (RFC 1035 2.3.4).
inline constexpr std::size_t kMaxPlainUdpBytes = 512;
// What we offer by EDNS0: fits one packet on any path of 1280 bytes or more, never fragmented.
inline constexpr std::uint16_t kEdnsUdpBytes = 1232;
inline constexpr std::size_t kMaxQuestions = 16;
inline constexpr std::size_t kMaxRecords = 1024;  // over all sections of one message

// Any 16-bit value can arrive; these are the ones we name.
enum class Type : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kOpt = 41,
  kIxfr = 251,
  kAxfr = 252,
  kAny = 255,
};
enum class Class : std::uint16_t { kIn = 1, kAny = 255 };
enum class Opcode : std::uint8_t { kQuery = 0, kNotify = 4, kUpdate = 5 };
// Twelve bits with EDNS0, four without.
enum class Rcode : std::uint16_t {
  kNoError = 0,
  kFormErr = 1,
  kServFail = 2,
  kNxDomain = 3,
  kNotImp = 4,
  kRefused = 5,
  kBadVers = 16,
};
// "NXDOMAIN"; "RCODE" for one without a name.
std::string_view rcode_name(Rcode rcode);

struct A {
  std::array<std::uint8_t, 4> address{};
  bool operator==(const A&) const = default;
};
struct Aaaa {
  std::array<std::uint8_t, 16> address{};
  bool operator==(const Aaaa&) const = default;
};
struct Ns {
  Name server;
  bool operator==(const Ns&) const = default;
};
struct Cname {
  Name target;
  bool operator==(const Cname&) const = default;
};
struct Ptr {
  Name target;
  bool operator==(const Ptr&) const = default;
};
struct Soa {
  Name primary;
  Name mailbox;
  std::uint32_t serial = 0;
  std::uint32_t refresh = 0;  // seconds, as the next three
  std::uint32_t retry = 0;
  std::uint32_t expire = 0;
  std::uint32_t minimum = 0;  // how long a negative answer may be kept (RFC 2308)
  bool operator==(const Soa&) const = default;
};
struct Srv {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  Name target;
  bool operator==(const Srv&) const = default;
};
// Any other type, TXT among them, and any type outside class IN: its bytes as they came.
struct Opaque {
  Type type{};
  std::vector<std::uint8_t> bytes;
  bool operator==(const Opaque&) const = default;
};
using Rdata = std::variant<A, Aaaa, Ns, Cname, Ptr, Soa, Srv, Opaque>;

struct Question {
  Name name;
  Type type = Type::kA;
  Class dns_class = Class::kIn;
  bool operator==(const Question&) const = default;
};

struct Record {
  Name name;
  Class dns_class = Class::kIn;
  std::uint32_t ttl = 0;  // seconds
  Rdata data;

  Type type() const;
  bool operator==(const Record&) const = default;
};

// The OPT pseudo-record. The upper bits of the answer's code are in Message::rcode.
struct Edns {
  std::uint16_t udp_bytes = kEdnsUdpBytes;  // what the sender can receive
  std::uint8_t version = 0;
  std::uint16_t flags = 0;  // 0x8000 is DO
  std::vector<std::uint8_t> options;
  bool operator==(const Edns&) const = default;
};

struct Message {
  std::uint16_t id = 0;
  bool is_response = false;
  Opcode opcode = Opcode::kQuery;
  bool authoritative = false;
  bool truncated = false;
  bool recursion_desired = false;
  bool recursion_available = false;
  bool authentic_data = false;
  bool checking_disabled = false;
  Rcode rcode = Rcode::kNoError;
  std::vector<Question> questions;
  std::vector<Record> answers;
  std::vector<Record> authorities;
  std::vector<Record> additionals;  // without OPT
  std::optional<Edns> edns;
  bool operator==(const Message&) const = default;
};

// A whole message. Bytes behind its last record are ignored, as servers pad. Error kProtocol for
// anything malformed, kLimit beyond the counts above.
Result<Message> parse_message(std::span<const std::uint8_t> bytes);

inline constexpr std::size_t kMaxEdnsOptionBytes = 256;

struct BuiltMessage {
  std::vector<std::uint8_t> bytes;
  // False where something was left out to stay within the limit. TC is then set, unless only
  // additional records or EDNS options are missing (RFC 2181 9).
  bool complete = true;
};
// At most `limit` bytes, 512 <= limit <= 65535; names compressed. Room for EDNS is kept first, its
// options up to kMaxEdnsOptionBytes.
BuiltMessage build_message(const Message& message, std::size_t limit = kMaxMessageBytes);

// A question with recursion desired and EDNS0, as a stub resolver asks it.
Message make_query(std::uint16_t id, Name name, Type type);

}  // namespace seine::dns
