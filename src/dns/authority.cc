// SPDX-License-Identifier: Apache-2.0
#include "dns/authority.h"

#include <algorithm>
#include <utility>

namespace seine::dns {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::uint16_t kDnssecOk = 0x8000;
constexpr auto kTtlSeconds = static_cast<std::uint32_t>(kZoneTtl.count());

Record record_of(const Name& name, const Rdata& data) {
  return {.name = name, .ttl = kTtlSeconds, .data = data};
}

Type type_of(const Rdata& data) {
  return Record{.data = data}.type();
}

// A header that says only `rcode`, of which every query has enough.
Message refusal_of(std::span<const std::uint8_t> query, Rcode rcode) {
  Message response;
  response.id = static_cast<std::uint16_t>(query[0] << 8 | query[1]);
  response.is_response = true;
  response.opcode = static_cast<Opcode>(query[2] >> 3 & 0xf);
  response.recursion_desired = (query[2] & 1) != 0;
  response.rcode = rcode;
  return response;
}

Message response_to(const Message& query, bool forwards) {
  Message response;
  response.id = query.id;
  response.is_response = true;
  response.opcode = query.opcode;
  response.recursion_desired = query.recursion_desired;
  response.recursion_available = forwards;
  response.checking_disabled = query.checking_disabled;
  response.questions = query.questions;
  // The version is ours, the DO bit the asker's (RFC 3225 3).
  if (query.edns) {
    response.edns = Edns{.flags = static_cast<std::uint16_t>(query.edns->flags & kDnssecOk)};
  }
  return response;
}

// Servers of names are given with their addresses.
void add_target_addresses(Message& response, const Zone& zone) {
  const Name* last = nullptr;
  for (const Record& answer : response.answers) {
    const Srv* srv = std::get_if<Srv>(&answer.data);
    if (srv == nullptr || (last != nullptr && *last == srv->target)) continue;
    last = &srv->target;
    const Zone::Node* node = zone.find(srv->target);
    if (node == nullptr) continue;
    for (const Rdata& data : node->records) {
      if (type_of(data) == Type::kA) response.additionals.push_back(record_of(srv->target, data));
    }
  }
}

// The node's records of the type asked for. False if there are none.
bool add_answers(Message& response, const Zone& zone, const Zone::Node& node) {
  const Question& question = response.questions.front();
  Type wanted = question.type;
  if (wanted == Type::kAny && !node.records.empty()) wanted = type_of(node.records.front());
  for (const Rdata& data : node.records) {
    if (type_of(data) == wanted) response.answers.push_back(record_of(question.name, data));
  }
  if (response.answers.empty()) return false;
  add_target_addresses(response, zone);
  // Clients take the first of several; the id, which is random, gives each its turn.
  const std::size_t first = response.id % response.answers.size();
  std::ranges::rotate(response.answers,
                      response.answers.begin() + static_cast<std::ptrdiff_t>(first));
  return true;
}

// Of a name below one of our zones, whose SOA goes with a "no".
Outcome answer_whole(Message& response, const Zone& zone, const Record& authority) {
  response.authoritative = true;
  const Zone::Node* node = zone.find(response.questions.front().name);
  if (node != nullptr && add_answers(response, zone, *node)) return Outcome::kAnswered;
  response.authorities.push_back(authority);
  if (node != nullptr) return Outcome::kNoData;
  response.rcode = Rcode::kNxDomain;
  return Outcome::kNxDomain;
}

// A "no" goes without a SOA, as no zone of ours contains the name; so nobody keeps it. AA stands
// all the same: glibc takes an empty answer without it for a lame server's.
Outcome answer_other(Message& response, const Zone& zone, std::string_view client_namespace,
                     bool forwards) {
  const Name& name = response.questions.front().name;
  const Zone::Node* service = zone.find_relative(name, client_namespace);
  if (service != nullptr) {
    response.authoritative = true;
    return add_answers(response, zone, *service) ? Outcome::kAnswered : Outcome::kNoData;
  }
  if (forwards && response.recursion_desired) {
    response.rcode = Rcode::kServFail;
    return Outcome::kForward;
  }
  if (!forwards && name.label_count() == 1 && !client_namespace.empty()) {
    response.authoritative = true;
    response.rcode = Rcode::kNxDomain;
    return Outcome::kNxDomain;
  }
  response.rcode = Rcode::kRefused;
  return Outcome::kRefused;
}

Outcome answer(const Message& query, Message& response, std::string_view client_namespace,
               const Zone& zone, bool forwards) {
  if (query.questions.size() != 1 || !query.answers.empty() || !query.authorities.empty()) {
    response.questions.clear();
    response.rcode = Rcode::kFormErr;
    return Outcome::kMalformed;
  }
  if (query.edns && query.edns->version != 0) {
    response.rcode = Rcode::kBadVers;
    return Outcome::kBadVersion;
  }
  const Question& question = query.questions.front();
  const bool is_transfer = question.type == Type::kAxfr || question.type == Type::kIxfr;
  if (question.dns_class != Class::kIn || is_transfer) {
    response.rcode = Rcode::kRefused;
    return Outcome::kRefused;
  }
  const Record* authority = zone.authority_over(question.name);
  if (authority != nullptr) return answer_whole(response, zone, *authority);
  return answer_other(response, zone, client_namespace, forwards);
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAnswered: return "answered";
    case Outcome::kNoData: return "no data";
    case Outcome::kNxDomain: return "no such name";
    case Outcome::kForward: return "forwarded";
    case Outcome::kRefused: return "refused";
    case Outcome::kNotImplemented: return "not implemented";
    case Outcome::kMalformed: return "malformed";
    case Outcome::kBadVersion: return "bad version";
    case Outcome::kIgnored: return "ignored";
  }
  return "unknown";
}

Decision decide(std::span<const std::uint8_t> query, std::string_view client_namespace,
                const Zone& zone, bool forwards) {
  Decision decision;
  if (query.size() < kHeaderBytes || (query[2] & 0x80) != 0) return decision;
  decision.response = refusal_of(query, Rcode::kNotImp);
  if (decision.response.opcode != Opcode::kQuery) {
    decision.outcome = Outcome::kNotImplemented;
    return decision;
  }
  auto parsed = parse_message(query);
  if (!parsed) {
    decision.response.rcode = Rcode::kFormErr;
    decision.outcome = Outcome::kMalformed;
    return decision;
  }
  decision.query = *std::move(parsed);
  decision.response = response_to(decision.query, forwards);
  decision.outcome = answer(decision.query, decision.response, client_namespace, zone, forwards);
  return decision;
}

std::size_t udp_limit(const Message& query) {
  if (!query.edns) return kMaxPlainUdpBytes;
  return std::clamp<std::size_t>(query.edns->udp_bytes, kMaxPlainUdpBytes, kEdnsUdpBytes);
}

}  // namespace seine::dns
