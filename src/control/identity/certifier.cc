// SPDX-License-Identifier: Apache-2.0
#include "control/identity/certifier.h"

#include <utility>

#include "crypto/request.h"

namespace seine::control {
namespace {

Result<void> check_fields(const CertifyRequest& request) {
  const auto missing = [](const char* field) {
    return fail(ErrorCode::kInvalidArgument, std::string("the request has no ") + field);
  };
  if (request.identity.empty()) return missing("identity");
  if (request.token.empty()) return missing("token");
  if (request.csr.empty()) return missing("certificate signing request");
  if (request.token.size() > kMaxTokenBytes) {
    return fail(ErrorCode::kInvalidArgument, "the token is over 65536 bytes");
  }
  return {};
}

}  // namespace

runtime::Task<Result<Certified>> Certifier::certify(CertifyRequest request) {
  auto checked = check_fields(request);
  if (!checked) co_return fail(std::move(checked.error()));
  const auto identity = crypto::SubjectName::parse_dns(request.identity);
  if (!identity) co_return fail(identity.error());
  const auto csr = crypto::CertificateRequest::from_der(request.csr);
  if (!csr) co_return fail(csr.error());
  if (csr->name() != *identity) {
    co_return fail(ErrorCode::kInvalidArgument, "the signing request is for " + csr->name().text() +
                                                    ", not for " + identity->text());
  }
  const auto account = co_await tokens_.review(std::move(request.token), request.from);
  if (!account) co_return fail(account.error());
  const auto proven = names_.identity(account->ns, account->name);
  if (!proven) co_return fail(proven.error());
  if (proven->text() != identity->text()) {
    co_return fail(ErrorCode::kUnauthorized,
                   "the token is of " + proven->text() + ", not of " + identity->text());
  }
  co_return issue(*csr, *identity);
}

Result<Certified> Certifier::certify_own(const crypto::SubjectName& identity,
                                         const crypto::Der& csr) const {
  const auto request = crypto::CertificateRequest::from_der(csr);
  if (!request) return fail(request.error());
  return issue(*request, identity);
}

Result<Certified> Certifier::issue(const crypto::CertificateRequest& request,
                                   const crypto::SubjectName& identity) const {
  const auto leaf = authority_.issuer().issue_leaf(request, identity, clock_.wall_now(), lifetime_);
  if (!leaf) return fail(leaf.error());
  return Certified{.leaf = leaf->der(),
                   .intermediates = {authority_.issuer().certificate().der()},
                   .valid_until = leaf->not_after()};
}

}  // namespace seine::control
