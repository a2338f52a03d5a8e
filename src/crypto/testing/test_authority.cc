// SPDX-License-Identifier: Apache-2.0
#include "crypto/testing/test_authority.h"

#include <string>
#include <utility>

#include "crypto/request.h"

namespace seine::crypto::testing {

TestAuthority::TestAuthority(WallTime at)
    : at_(at),
      root_key_(PrivateKey::generate().value()),
      root_(make_root(root_key_, authority_request("root")).value()),
      issuer_(make_issuer()) {}

CaRequest TestAuthority::authority_request(std::string_view name) const {
  return {.common_name = std::string(name) + ".linkerd.cluster.local",
          .at = at_ - std::chrono::hours(24 * 30),
          .lifetime = std::chrono::hours(24 * 365)};
}

Issuer TestAuthority::make_issuer() const {
  const Issuer signer =
      Issuer::create(Certificate::from_der(root_.der()).value(), root_key_.share()).value();
  PrivateKey key = PrivateKey::generate().value();
  Certificate certificate = signer.issue_ca(key, authority_request("identity")).value();
  return Issuer::create(std::move(certificate), std::move(key)).value();
}

Leaf TestAuthority::issue(std::string_view name, WallTime at, Duration lifetime) const {
  PrivateKey key = PrivateKey::generate().value();
  SubjectName subject = SubjectName::parse(name).value();
  const auto request = CertificateRequest::from_der(make_request(key, subject).value());
  Certificate leaf = issuer_.issue_leaf(request.value(), subject, at, lifetime).value();
  return Leaf{std::move(key), std::move(leaf), std::move(subject)};
}

}  // namespace seine::crypto::testing
