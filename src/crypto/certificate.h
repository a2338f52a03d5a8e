// SPDX-License-Identifier: Apache-2.0
// X.509 certificates as the mesh reads them. DER and PEM are octets in std::string and string_view,
// as protobuf carries them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/handles.h"
#include "crypto/key.h"
#include "crypto/names.h"

namespace seine::crypto {

using Der = std::string;

inline constexpr std::size_t kMaxCertificateDer = 64 * 1024;

// Immutable; move only; safe to read from several threads.
class Certificate {
 public:
  // Exactly one certificate. Errors, kInvalidArgument: not DER, over kMaxCertificateDer, octets
  // left over, alternative names that cannot be trusted (a NUL inside, more than 64).
  static Result<Certificate> from_der(std::string_view der);
  // Every CERTIFICATE block in order; at least one. A private key among them is an error that does
  // not print it; other blocks are passed over. Error: kInvalidConfig, opened by `what`.
  static Result<std::vector<Certificate>> many_from_pem(std::string_view text,
                                                        std::string_view what);

  const Der& der() const { return der_; }
  std::string to_pem() const;
  // DNS and SPIFFE alternative names in their order; wildcards and other kinds are left out.
  const std::vector<SubjectName>& names() const { return names_; }
  bool vouches_for(const SubjectName& name) const;
  WallTime not_before() const { return not_before_; }
  WallTime not_after() const { return not_after_; }  // both ends belong to the validity
  bool is_ca() const { return is_ca_; }
  std::string subject() const;  // "CN=root.linkerd.cluster.local"; may be empty
  bool holds_key_of(const PrivateKey& key) const;

  x509_st* handle() const { return handle_.get(); }

 private:
  Certificate() = default;

  X509Handle handle_;
  Der der_;
  std::vector<SubjectName> names_;
  WallTime not_before_;
  WallTime not_after_;
  bool is_ca_ = false;
};

}  // namespace seine::crypto
