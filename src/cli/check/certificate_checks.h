// SPDX-License-Identifier: Apache-2.0
// Judgements over the mesh's authorities. Pure: PEM and an instant in, what does not hold out.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/certificate.h"

namespace seine::cli {

// What is left of a certificate must be more, or somebody should look.
inline constexpr std::chrono::hours kLongBeforeExpiry{24 * 60};

struct MeshAuthorities {
  std::vector<crypto::Certificate> anchors;
  std::vector<crypto::Certificate> issuer;  // one
};
// Error kProtocol: what the controller says is no PEM, or has no issuer.
Result<MeshAuthorities> read_authorities(const std::string& anchors_pem,
                                         const std::string& issuer_pem);

// Each gives a line for each offender: "CN=... ended at 2026-01-01T00:00:00.000Z".
std::vector<std::string> not_valid_now(const std::vector<crypto::Certificate>& certificates,
                                       WallTime now);
// Those that are valid, but for less than kLongBeforeExpiry.
std::vector<std::string> ending_soon(const std::vector<crypto::Certificate>& certificates,
                                     WallTime now);
// Error kTlsHandshake, in OpenSSL's words. When it is valid is not judged.
Result<void> check_issued_by_anchor(const MeshAuthorities& authorities);

}  // namespace seine::cli
