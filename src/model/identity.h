// SPDX-License-Identifier: Apache-2.0
// Who a workload is, as its certificate says: a DNS-like name or a SPIFFE URI.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::model {

inline constexpr std::size_t kMaxDnsName = 253;
inline constexpr std::size_t kMaxSpiffeUri = 2048;

// "Web.Example." as "web.example": lower case, no trailing dot. Labels hold letters, digits, '-'
// and '_', 1 to 63 of them, no '-' at either end. Error kInvalidArgument.
Result<std::string> parse_dns_name(std::string_view text);

class Identity {
 public:
  enum class Kind : std::uint8_t { kDns, kUri };

  // A URI if it has a scheme, else a DNS name. Error kInvalidArgument.
  static Result<Identity> parse(std::string_view text);
  static Result<Identity> parse_dns(std::string_view text);
  // spiffe://TRUST-DOMAIN[/SEGMENT...], by the SPIFFE-ID specification: no port, no empty or dot
  // segment, no query.
  static Result<Identity> parse_uri(std::string_view text);

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }

  // Whether this is a DNS identity below `labels`: ["foo", "bar"] covers a.foo.bar and not
  // foo.bar; no labels cover every DNS identity. A URI is below nothing.
  bool is_below(std::span<const std::string> labels) const;

  friend auto operator<=>(const Identity&, const Identity&) = default;

 private:
  Identity(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}

  Kind kind_;
  std::string text_;
};

// The parts of the mesh's own DNS form, as in
// "web.shop.serviceaccount.identity.linkerd.cluster.local".
struct ServiceAccountName {
  std::string service_account;
  std::string ns;
  std::string control_plane_ns;
  std::string trust_domain;

  // Error kInvalidArgument unless `identity` has that form.
  static Result<ServiceAccountName> parse(const Identity& identity);
  Result<Identity> identity() const;
  friend bool operator==(const ServiceAccountName&, const ServiceAccountName&) = default;
};

}  // namespace seine::model
