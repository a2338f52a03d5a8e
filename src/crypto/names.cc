// SPDX-License-Identifier: Apache-2.0
#include "crypto/names.h"

#include <algorithm>

namespace seine::crypto {
namespace {

constexpr std::string_view kSpiffeScheme = "spiffe://";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::unexpected<Error> refuse(std::string_view what, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, std::string(what).append(": ").append(why));
}

}  // namespace

Result<SubjectName> SubjectName::parse(std::string_view text) {
  if (lower(text.substr(0, kSpiffeScheme.size())) == kSpiffeScheme) return parse_spiffe(text);
  return parse_dns(text);
}

Result<SubjectName> SubjectName::parse_dns(std::string_view text) {
  constexpr std::string_view kWhat = "DNS name";
  if (text.empty()) return refuse(kWhat, "empty");
  if (text.size() > kMaxDnsName) return refuse(kWhat, "longer than 253 characters");
  std::string_view rest = text;
  std::string_view label;
  for (bool last = false; !last;) {
    const auto dot = rest.find('.');
    last = dot == rest.npos;
    label = rest.substr(0, dot);
    if (!last) rest.remove_prefix(dot + 1);
    if (label.empty()) return refuse(kWhat, "an empty label");
    if (label.size() > kMaxDnsLabel) return refuse(kWhat, "a label longer than 63 characters");
    if (label.front() == '-' || label.back() == '-') {
      return refuse(kWhat, "a label that opens or closes with '-'");
    }
    for (const char c : label) {
      if (!is_letter(c) && !is_digit(c) && c != '-' && c != '_') {
        return refuse(kWhat, "a character other than letters, digits, '-', '_' and '.'");
      }
    }
  }
  if (std::ranges::all_of(label, is_digit)) {
    return refuse(kWhat, "its last label is a number, as in an address");
  }
  return SubjectName(Kind::kDns, lower(text));
}

Result<SubjectName> SubjectName::parse_spiffe(std::string_view text) {
  constexpr std::string_view kWhat = "SPIFFE id";
  if (text.size() > kMaxSpiffeId) return refuse(kWhat, "longer than 2048 characters");
  if (lower(text.substr(0, kSpiffeScheme.size())) != kSpiffeScheme) {
    return refuse(kWhat, "does not open with spiffe://");
  }
  std::string_view rest = text.substr(kSpiffeScheme.size());
  const auto slash = rest.find('/');
  const std::string_view domain = rest.substr(0, slash);
  if (domain.empty()) return refuse(kWhat, "no trust domain");
  if (domain.size() > kMaxTrustDomain) return refuse(kWhat, "a trust domain over 255 characters");
  const auto allowed = [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
  };
  if (!std::ranges::all_of(domain, allowed)) {
    return refuse(kWhat, "a character the trust domain may not have");
  }
  std::string canonical = std::string(kSpiffeScheme) + lower(domain);
  if (slash == rest.npos) return SubjectName(Kind::kSpiffe, std::move(canonical));
  const std::string_view path = rest.substr(slash);
  for (rest = path; !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    if (segment.empty() || segment == "." || segment == "..") {
      return refuse(kWhat, "an empty, '.' or '..' segment in its path");
    }
    if (!std::ranges::all_of(segment, allowed)) {
      return refuse(kWhat, "a character a path may not have");
    }
    rest.remove_prefix(segment.size());
  }
  canonical.append(path);
  return SubjectName(Kind::kSpiffe, std::move(canonical));
}

}  // namespace seine::crypto
