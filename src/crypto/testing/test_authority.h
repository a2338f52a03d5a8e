// SPDX-License-Identifier: Apache-2.0
// A root, an issuer and leaves for tests, around an instant. Each value has keys of its own.
#pragma once

#include <string_view>

#include "crypto/issuer.h"
#include "crypto/key.h"
#include "crypto/trust_anchors.h"

namespace seine::crypto::testing {

struct Leaf {
  PrivateKey key;
  Certificate certificate;
  SubjectName name;
};

// The authorities are valid from 30 days before `at` for a year.
class TestAuthority {
 public:
  explicit TestAuthority(WallTime at);

  const Certificate& root() const { return root_; }
  const PrivateKey& root_key() const { return root_key_; }
  const Issuer& issuer() const { return issuer_; }
  TrustAnchors anchors() const { return TrustAnchors::from(root_); }

  Leaf issue(std::string_view name) const { return issue(name, at_, kLeafLifetime); }
  Leaf issue(std::string_view name, WallTime at, Duration lifetime) const;

 private:
  CaRequest authority_request(std::string_view name) const;
  Issuer make_issuer() const;

  WallTime at_;
  PrivateKey root_key_;
  Certificate root_;
  Issuer issuer_;
};

}  // namespace seine::crypto::testing
