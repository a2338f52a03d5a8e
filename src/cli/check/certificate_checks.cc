// SPDX-License-Identifier: Apache-2.0
#include "cli/check/certificate_checks.h"

#include <utility>

#include "crypto/trust_anchors.h"

namespace seine::cli {
namespace {

std::string name_of(const crypto::Certificate& certificate) {
  const std::string subject = certificate.subject();
  return subject.empty() ? "a certificate without a subject" : subject;
}

}  // namespace

Result<MeshAuthorities> read_authorities(const std::string& anchors_pem,
                                         const std::string& issuer_pem) {
  auto anchors = crypto::Certificate::many_from_pem(anchors_pem, "the trust anchors");
  auto issuer = crypto::Certificate::many_from_pem(issuer_pem, "the issuer certificate");
  for (const auto* read : {&anchors, &issuer}) {
    if (!*read) return fail(ErrorCode::kProtocol, read->error().message);
  }
  return MeshAuthorities{.anchors = *std::move(anchors), .issuer = *std::move(issuer)};
}

std::vector<std::string> not_valid_now(const std::vector<crypto::Certificate>& certificates,
                                       WallTime now) {
  std::vector<std::string> out;
  for (const crypto::Certificate& certificate : certificates) {
    if (now > certificate.not_after()) {
      out.push_back(name_of(certificate) + " ended at " + format_rfc3339(certificate.not_after()));
    } else if (now < certificate.not_before()) {
      out.push_back(name_of(certificate) + " begins at " +
                    format_rfc3339(certificate.not_before()));
    }
  }
  return out;
}

std::vector<std::string> ending_soon(const std::vector<crypto::Certificate>& certificates,
                                     WallTime now) {
  std::vector<std::string> out;
  for (const crypto::Certificate& certificate : certificates) {
    const WallTime end = certificate.not_after();
    if (now <= end && end - now < kLongBeforeExpiry) {
      out.push_back(name_of(certificate) + " ends at " + format_rfc3339(end));
    }
  }
  return out;
}

Result<void> check_issued_by_anchor(const MeshAuthorities& authorities) {
  crypto::TrustAnchors anchors;
  for (const crypto::Certificate& anchor : authorities.anchors) {
    anchors.add(crypto::TrustAnchors::from(anchor));
  }
  const crypto::Certificate& issuer = authorities.issuer.front();
  // At an instant of the issuer's own: another check says whether that is now.
  return anchors.verify_authority(issuer, {}, issuer.not_before());
}

}  // namespace seine::cli
