// SPDX-License-Identifier: Apache-2.0
// The names certificates vouch for and peers are known by: a DNS name, as Linkerd's
// `SA.NS.serviceaccount.identity.linkerd.cluster.local`, or a SPIFFE id, `spiffe://domain/path`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace seine::crypto {

inline constexpr std::size_t kMaxDnsName = 253;
inline constexpr std::size_t kMaxDnsLabel = 63;
inline constexpr std::size_t kMaxSpiffeId = 2048;    // SPIFFE-ID, section 2.3
inline constexpr std::size_t kMaxTrustDomain = 255;  // SPIFFE-ID, section 2.1

// A value in its canonical spelling, so that == compares as the peers must: DNS names and the trust
// domain of a SPIFFE id without regard to case, its path exactly.
class SubjectName {
 public:
  enum class Kind : std::uint8_t { kDns, kSpiffe };

  // Tells the two apart by "spiffe://". Error: kInvalidArgument, with what is wrong.
  static Result<SubjectName> parse(std::string_view text);
  // Labels of letters, digits, '-' and '_', not opening or closing with '-'; no wildcard, no final
  // dot, no bare address (the last label is not a number).
  static Result<SubjectName> parse_dns(std::string_view text);
  // No port, user, query, fragment, percent signs, empty, "." or ".." segments.
  static Result<SubjectName> parse_spiffe(std::string_view text);

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }
  friend bool operator==(const SubjectName&, const SubjectName&) = default;

 private:
  SubjectName(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind_;
  std::string text_;
};

}  // namespace seine::crypto
