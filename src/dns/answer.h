// SPDX-License-Identifier: Apache-2.0
// What an answer means to whoever asked: aliases followed, times to live taken together, "no" told
// from "not now". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "dns/message.h"

namespace seine::dns {

inline constexpr int kMaxAliases = 8;  // CNAMEs followed in one answer

struct SrvTarget {
  SocketAddr addr;
  std::uint16_t priority = 0;
};

// Exactly one of the two lists may have elements; none is a firm "no such record".
struct AnswerSet {
  std::vector<IpAddress> addresses;  // of A or AAAA
  std::vector<SrvTarget> targets;    // of SRV, lowest priority first
  // How long it may be kept: the least of all records used, for a "no" that of the SOA (RFC 2308),
  // for a "no" without SOA nothing.
  std::optional<Duration> ttl;
};

// Whether `response` is an answer to `query` at all: id, kind and question.
bool answers(const Message& query, const Message& response);

// Errors: kUnavailable where the server fails or refuses (the next may not), kProtocol where
// aliases run in a circle or SRV targets are no addresses. Codes NOERROR and NXDOMAIN only are
// answers.
Result<AnswerSet> read_answer(const Question& question, const Message& response);

// The address a headless service writes into the first label of an SRV target: "10-0-0-1" is
// 10.0.0.1, "fd00--1" is fd00::1.
std::optional<IpAddress> parse_dashed_address(const Name& target);

}  // namespace seine::dns
