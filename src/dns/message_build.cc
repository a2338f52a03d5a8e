// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "dns/message.h"

namespace seine::dns {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kOptFixedBytes = 11;

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

class Builder {
 public:
  Builder(std::size_t limit, std::size_t reserved) : limit_(limit), reserved_(reserved) {
    bytes_.resize(kHeaderBytes);
  }

  // Both: false, and nothing written, where it does not fit.
  bool add(const Question& question);
  bool add(const Record& record);
  void add(const Edns& edns, Rcode rcode);
  void set_u16(std::size_t at, std::uint16_t value) {
    bytes_[at] = static_cast<std::uint8_t>(value >> 8);
    bytes_[at + 1] = static_cast<std::uint8_t>(value & 0xff);
  }
  std::vector<std::uint8_t> take() && { return std::move(bytes_); }

 private:
  void u16(std::uint16_t value) {
    bytes_.resize(bytes_.size() + 2);
    set_u16(bytes_.size() - 2, value);
  }
  void u32(std::uint32_t value) {
    u16(static_cast<std::uint16_t>(value >> 16));
    u16(static_cast<std::uint16_t>(value & 0xffff));
  }
  void append(std::span<const std::uint8_t> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void name(const Name& value) { names_.write(value, bytes_); }
  void rdata(const Rdata& data);
  bool keep_if_fits(std::size_t start) {
    if (bytes_.size() + reserved_ <= limit_) return true;
    bytes_.resize(start);
    names_.forget_from(start);
    return false;
  }

  const std::size_t limit_;
  const std::size_t reserved_;
  std::vector<std::uint8_t> bytes_;
  NameWriter names_;
};

void Builder::rdata(const Rdata& data) {
  std::visit(Overloaded{
                 [this](const A& a) { append(a.address); },
                 [this](const Aaaa& aaaa) { append(aaaa.address); },
                 [this](const Ns& ns) { name(ns.server); },
                 [this](const Cname& cname) { name(cname.target); },
                 [this](const Ptr& ptr) { name(ptr.target); },
                 [this](const Soa& soa) {
                   name(soa.primary);
                   name(soa.mailbox);
                   u32(soa.serial);
                   u32(soa.refresh);
                   u32(soa.retry);
                   u32(soa.expire);
                   u32(soa.minimum);
                 },
                 [this](const Srv& srv) {
                   u16(srv.priority);
                   u16(srv.weight);
                   u16(srv.port);
                   // RFC 2782 forbids compressing the target.
                   NameWriter uncompressed;
                   uncompressed.write(srv.target, bytes_);
                 },
                 [this](const Opaque& opaque) { append(opaque.bytes); },
             },
             data);
}

bool Builder::add(const Question& question) {
  const std::size_t start = bytes_.size();
  name(question.name);
  u16(static_cast<std::uint16_t>(question.type));
  u16(static_cast<std::uint16_t>(question.dns_class));
  return keep_if_fits(start);
}

bool Builder::add(const Record& record) {
  const std::size_t start = bytes_.size();
  name(record.name);
  u16(static_cast<std::uint16_t>(record.type()));
  u16(static_cast<std::uint16_t>(record.dns_class));
  u32(record.ttl);
  const std::size_t length_at = bytes_.size();
  u16(0);
  rdata(record.data);
  const std::size_t length = bytes_.size() - length_at - 2;
  if (!keep_if_fits(start)) return false;
  set_u16(length_at, static_cast<std::uint16_t>(length));
  return true;
}

void Builder::add(const Edns& edns, Rcode rcode) {
  bytes_.push_back(0);
  u16(static_cast<std::uint16_t>(Type::kOpt));
  u16(edns.udp_bytes);
  bytes_.push_back(static_cast<std::uint8_t>(static_cast<std::uint16_t>(rcode) >> 4 & 0xff));
  bytes_.push_back(edns.version);
  u16(edns.flags);
  const bool has_options = edns.options.size() <= kMaxEdnsOptionBytes;
  u16(static_cast<std::uint16_t>(has_options ? edns.options.size() : 0));
  if (has_options) append(edns.options);
}

std::uint16_t flags_of(const Message& message, bool truncated) {
  return static_cast<std::uint16_t>(
      message.is_response << 15 | (static_cast<std::uint16_t>(message.opcode) & 0xf) << 11 |
      message.authoritative << 10 | truncated << 9 | message.recursion_desired << 8 |
      message.recursion_available << 7 | message.authentic_data << 5 |
      message.checking_disabled << 4 | (static_cast<std::uint16_t>(message.rcode) & 0xf));
}

// How many of the section's records fit; what follows the first that does not is left out too, so
// that a reader never takes the rest for the whole.
template <class Section>
std::uint16_t add_section(Builder& builder, const Section& section) {
  const auto end =
      std::ranges::find_if_not(section, [&](const auto& entry) { return builder.add(entry); });
  return static_cast<std::uint16_t>(end - section.begin());
}

}  // namespace

BuiltMessage build_message(const Message& message, std::size_t limit) {
  SEINE_CHECK(limit >= kMaxPlainUdpBytes && limit <= kMaxMessageBytes,
              "a DNS message is built with a limit of 512 to 65535 bytes");
  std::size_t reserved = 0;
  bool complete = true;
  if (message.edns) {
    complete = message.edns->options.size() <= kMaxEdnsOptionBytes;
    reserved = kOptFixedBytes + (complete ? message.edns->options.size() : 0);
  }
  Builder builder(limit, reserved);
  const std::uint16_t questions = add_section(builder, message.questions);
  bool fits = questions == message.questions.size();
  const std::uint16_t answers = fits ? add_section(builder, message.answers) : std::uint16_t{0};
  fits = fits && answers == message.answers.size();
  const std::uint16_t authorities =
      fits ? add_section(builder, message.authorities) : std::uint16_t{0};
  fits = fits && authorities == message.authorities.size();
  std::uint16_t additionals = fits ? add_section(builder, message.additionals) : std::uint16_t{0};
  complete = complete && fits && additionals == message.additionals.size();
  if (message.edns) {
    builder.add(*message.edns, message.rcode);
    ++additionals;
  }
  builder.set_u16(0, message.id);
  builder.set_u16(2, flags_of(message, message.truncated || !fits));
  builder.set_u16(4, questions);
  builder.set_u16(6, answers);
  builder.set_u16(8, authorities);
  builder.set_u16(10, additionals);
  return {std::move(builder).take(), complete};
}

}  // namespace seine::dns
