// SPDX-License-Identifier: Apache-2.0
// The mesh's certificate authority, as files in a directory that belongs to us alone (0700):
//
//   root.key    root.pem     signs issuers; the key may be moved away once there is an issuer
//   issuer.key  issuer.pem   signs leaves
//   trust-anchors.pem        what proxies are told to trust: root.pem and whatever is added to it
//                            while anchors are being exchanged
//
// Keys are P-256 and 0600, made on first start. Each file appears whole or not at all, so a start
// that was cut short is simply continued by the next.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "control/mesh_names.h"
#include "crypto/issuer.h"
#include "crypto/trust_anchors.h"

namespace seine::control {

inline constexpr std::chrono::hours kRootLifetime{24 * 365 * 10};
inline constexpr std::chrono::hours kIssuerLifetime{24 * 365};
// An issuer with less than this left is replaced when the authority is opened, if the root's key is
// there.
inline constexpr std::chrono::hours kIssuerRenewal{24 * 30};

// Move only.
class Authority {
 public:
  // Errors, kInvalidConfig, each naming the file: readable by others, not ours (another trust
  // domain, an issuer of another root, a key of another certificate), corrupt, expired.
  static Result<Authority> open(const std::string& directory, const MeshNames& names, WallTime now,
                                const Log& log);

  // Valid until adopt_issuer().
  const crypto::Issuer& issuer() const { return issuer_; }
  const crypto::TrustAnchors& anchors() const { return anchors_; }
  // From now on signs with the issuer of `newer`, which was opened from the same directory.
  void adopt_issuer(Authority newer) { issuer_ = std::move(newer.issuer_); }

 private:
  Authority(crypto::Issuer issuer, crypto::TrustAnchors anchors)
      : issuer_(std::move(issuer)), anchors_(std::move(anchors)) {}

  crypto::Issuer issuer_;
  crypto::TrustAnchors anchors_;
};

}  // namespace seine::control
