// SPDX-License-Identifier: Apache-2.0
// Identity.Certify without its transport: a token and a signing request in, a leaf out.
#pragma once

#include <string>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "control/identity/authority.h"
#include "control/identity/token_review.h"
#include "control/mesh_names.h"
#include "crypto/certificate.h"
#include "crypto/issuer.h"
#include "runtime/task.h"

namespace seine::control {

inline constexpr std::size_t kMaxTokenBytes = 64 * 1024;

struct CertifyRequest {
  std::string identity;
  std::string token;
  crypto::Der csr;
  IpAddress from;  // where the caller is; unspecified: unknown
};

struct Certified {
  crypto::Der leaf;
  std::vector<crypto::Der> intermediates;  // up to, and without, the trust anchor
  WallTime valid_until;
};

// One loop. All that it is given outlives it.
class Certifier {
 public:
  Certifier(const Clock& clock, const MeshNames& names, const Authority& authority,
            TokenReview& tokens, Duration lifetime)
      : clock_(clock), names_(names), authority_(authority), tokens_(tokens), lifetime_(lifetime) {}

  // Errors: kInvalidArgument for a missing or malformed field and for a request that does not ask
  // for exactly `identity`; kUnauthorized where the token is not that identity's; kUnavailable
  // while the issuer is not valid.
  runtime::Task<Result<Certified>> certify(CertifyRequest request);
  // The control plane's own certificate for `identity`, which needs no token.
  Result<Certified> certify_own(const crypto::SubjectName& identity, const crypto::Der& csr) const;

 private:
  Result<Certified> issue(const crypto::CertificateRequest& request,
                          const crypto::SubjectName& identity) const;

  const Clock& clock_;
  const MeshNames& names_;
  const Authority& authority_;
  TokenReview& tokens_;
  const Duration lifetime_;
};

}  // namespace seine::control
