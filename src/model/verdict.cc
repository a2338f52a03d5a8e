// SPDX-License-Identifier: Apache-2.0
#include "model/verdict.h"

#include "base/error.h"

namespace seine::model {
namespace {

bool is_refusal(std::string_view cause) {
  for (const ErrorCode code : {ErrorCode::kUnauthorized, ErrorCode::kRateLimited,
                               ErrorCode::kNoRoute, ErrorCode::kGatewayDomain, ErrorCode::kNotFound,
                               ErrorCode::kInvalidArgument, ErrorCode::kInjectedFailure}) {
    if (cause == error_name(code)) return true;
  }
  return false;
}

}  // namespace

bool is_success(std::uint32_t http_status, std::int32_t grpc_status) {
  for (const std::int32_t failure : {2, 4, 7, 13, 14, 15}) {
    if (grpc_status == failure) return false;
  }
  return http_status < 500;
}

Verdict judge(const ResponseFacts& facts) {
  if (facts.excluded) return Verdict::kExcluded;
  if (facts.cause == error_name(ErrorCode::kCancelled)) return Verdict::kCancelled;
  if (facts.http_status == 0 || !is_success(facts.http_status, facts.grpc_status)) {
    return Verdict::kFailure;
  }
  return facts.cause.empty() || is_refusal(facts.cause) ? Verdict::kSuccess : Verdict::kFailure;
}

}  // namespace seine::model
