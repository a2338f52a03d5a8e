// SPDX-License-Identifier: Apache-2.0
#include "dns/answer.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace seine::dns {
namespace {

// A time to live with the top bit set counts as zero (RFC 2181 8).
Duration duration_of(std::uint32_t ttl) {
  return std::chrono::seconds(ttl > 0x7fffffff ? 0 : ttl);
}

void keep_least(std::optional<Duration>& ttl, Duration other) {
  ttl = ttl ? std::min(*ttl, other) : other;
}

std::optional<Duration> negative_ttl(const Message& response) {
  for (const Record& record : response.authorities) {
    if (const Soa* soa = std::get_if<Soa>(&record.data)) {
      return std::min(duration_of(record.ttl), duration_of(soa->minimum));
    }
  }
  return std::nullopt;
}

// Follows CNAMEs from `name`; the least time to live on the way goes into `ttl`.
Result<Name> follow_aliases(Name name, const Message& response, std::optional<Duration>& ttl) {
  for (int step = 0; step <= kMaxAliases; ++step) {
    const auto alias = std::ranges::find_if(response.answers, [&name](const Record& record) {
      return std::holds_alternative<Cname>(record.data) && record.name == name;
    });
    if (alias == response.answers.end()) return name;
    keep_least(ttl, duration_of(alias->ttl));
    name = std::get<Cname>(alias->data).target;
  }
  return fail(ErrorCode::kProtocol, "aliases lead on for more than 8 steps");
}

Result<SrvTarget> read_target(const Srv& srv, const Message& response) {
  if (const auto ip = parse_dashed_address(srv.target)) {
    return SrvTarget{{*ip, srv.port}, srv.priority};
  }
  // Servers may send the target's addresses along.
  for (const Record& record : response.additionals) {
    if (record.name != srv.target) continue;
    if (const A* a = std::get_if<A>(&record.data)) {
      return SrvTarget{{IpAddress::v4(a->address), srv.port}, srv.priority};
    }
    if (const Aaaa* aaaa = std::get_if<Aaaa>(&record.data)) {
      return SrvTarget{{IpAddress::v6(aaaa->address), srv.port}, srv.priority};
    }
  }
  return fail(ErrorCode::kProtocol,
              "the SRV target " + srv.target.to_text() + " is not an address");
}

}  // namespace

bool answers(const Message& query, const Message& response) {
  return response.is_response && response.id == query.id && response.opcode == query.opcode &&
         response.questions == query.questions;
}

Result<AnswerSet> read_answer(const Question& question, const Message& response) {
  if (response.rcode != Rcode::kNoError && response.rcode != Rcode::kNxDomain) {
    return fail(ErrorCode::kUnavailable, "the server answered " +
                                             std::string(rcode_name(response.rcode)) + " for " +
                                             question.name.to_text());
  }
  AnswerSet set;
  auto name = follow_aliases(question.name, response, set.ttl);
  if (!name) return fail(std::move(name.error()));
  for (const Record& record : response.answers) {
    if (record.name != *name || record.type() != question.type) continue;
    keep_least(set.ttl, duration_of(record.ttl));
    if (const A* a = std::get_if<A>(&record.data)) {
      set.addresses.push_back(IpAddress::v4(a->address));
    } else if (const Aaaa* aaaa = std::get_if<Aaaa>(&record.data)) {
      set.addresses.push_back(IpAddress::v6(aaaa->address));
    } else if (const Srv* srv = std::get_if<Srv>(&record.data)) {
      auto target = read_target(*srv, response);
      if (!target) return fail(std::move(target.error()));
      set.targets.push_back(*target);
    }
  }
  std::ranges::sort(set.targets, {}, [](const SrvTarget& target) {
    return std::pair(target.priority, target.addr);
  });
  if (set.addresses.empty() && set.targets.empty()) set.ttl = negative_ttl(response);
  return set;
}

std::optional<IpAddress> parse_dashed_address(const Name& target) {
  const auto labels = target.labels();
  if (labels.empty()) return std::nullopt;
  for (const char separator : {'.', ':'}) {
    std::string text(labels.front());
    std::ranges::replace(text, '-', separator);
    if (const auto ip = IpAddress::parse(text)) return *ip;
  }
  return std::nullopt;
}

}  // namespace seine::dns
