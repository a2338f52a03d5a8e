// SPDX-License-Identifier: Apache-2.0
// A certificate authority in two steps: a root that is trusted and signs issuers, and an issuer
// that signs leaves. They are separate P-256 keys, so that the root's can stay away from the
// network.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "crypto/names.h"
#include "crypto/request.h"

namespace seine::crypto {

inline constexpr std::chrono::hours kLeafLifetime{24};
// Added at both ends of what we issue: machines' clocks disagree.
inline constexpr std::chrono::seconds kClockSkewAllowance{20};

struct CaRequest {
  std::string common_name;  // up to 64 characters
  WallTime at;
  Duration lifetime;
};

// Self-signed, by `key`. Error: kInvalidArgument on a bad common name.
Result<Certificate> make_root(const PrivateKey& key, const CaRequest& request);

// A CA certificate with its key. Move only; const members may run on several threads.
class Issuer {
 public:
  // Error kInvalidConfig if the certificate is no CA or the key is not its own.
  static Result<Issuer> create(Certificate certificate, PrivateKey key);

  const Certificate& certificate() const { return certificate_; }

  // An intermediate of path length 0 for `subject_key`.
  Result<Certificate> issue_ca(const PrivateKey& subject_key, const CaRequest& request) const;
  // For server and client use, with the request's key and `name` as its only name, which must be
  // the one the request asks for. It ends no later than the issuer does. Errors: kInvalidArgument
  // if the names differ, kUnavailable if the issuer is not valid at `at`.
  Result<Certificate> issue_leaf(const CertificateRequest& request, const SubjectName& name,
                                 WallTime at, Duration lifetime = kLeafLifetime) const;

 private:
  Issuer(Certificate certificate, PrivateKey key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Result<> check_valid(WallTime at) const;

  Certificate certificate_;
  PrivateKey key_;
};

}  // namespace seine::crypto
