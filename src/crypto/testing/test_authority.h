// SPDX-License-Identifier: Apache-2.0
// A root, an issuer and leaves for tests, around an instant. Each value has keys of its own.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "crypto/issuer.h"
#include "crypto/key.h"
#include "crypto/request.h"
#include "crypto/trust_anchors.h"

namespace seine::crypto::testing {

struct Leaf {
  PrivateKey key;
  Certificate certificate;
  SubjectName name;
};

class TestAuthority {
 public:
  explicit TestAuthority(WallTime at)
      : at_(at),
        root_key_(PrivateKey::generate().value()),
        root_(make_root(root_key_, ca("root")).value()),
        issuer_(make_issuer()) {}

  const Certificate& root() const { return root_; }
  const PrivateKey& root_key() const { return root_key_; }
  const Issuer& issuer() const { return issuer_; }
  TrustAnchors anchors() const { return TrustAnchors::from(root_); }

  Leaf issue(std::string_view name) const { return issue(name, at_, kLeafLifetime); }
  Leaf issue(std::string_view name, WallTime at, Duration lifetime) const {
    PrivateKey key = PrivateKey::generate().value();
    SubjectName subject = SubjectName::parse(name).value();
    const Der der = make_request(key, subject).value();
    const auto request = CertificateRequest::from_der(der);
    Certificate leaf = issuer_.issue_leaf(request.value(), subject, at, lifetime).value();
    return Leaf{std::move(key), std::move(leaf), std::move(subject)};
  }

 private:
  CaRequest ca(std::string_view name) const {
    return {.common_name = std::string(name) + ".linkerd.cluster.local",
            .at = at_ - std::chrono::hours(24 * 30),
            .lifetime = std::chrono::hours(24 * 365)};
  }
  Issuer make_issuer() const {
    const Issuer signer =
        Issuer::create(Certificate::from_der(root_.der()).value(), root_key_.share()).value();
    PrivateKey key = PrivateKey::generate().value();
    Certificate certificate = signer.issue_ca(key, ca("identity")).value();
    return Issuer::create(std::move(certificate), std::move(key)).value();
  }

  WallTime at_;
  PrivateKey root_key_;
  Certificate root_;
  Issuer issuer_;
};

}  // namespace seine::crypto::testing
