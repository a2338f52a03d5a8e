// SPDX-License-Identifier: Apache-2.0
// Any text as a token and as its claims: a refusal without a quotation, or claims that sign to a
// token which says the same.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "control/registry/workload_token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto opened = control::open_token(text, "key");
  if (!opened) {
    SEINE_CHECK(opened.error().code == ErrorCode::kUnauthorized, "a refusal is a refusal");
  }
  const auto claims = control::parse_token_claims(text);
  if (!claims) return 0;
  const std::string token = control::sign_token(*claims, "key");
  if (token.size() > control::kMaxWorkloadToken) return 0;
  SEINE_CHECK(control::open_token(token, "key") == *claims, "claims survive signing");
  SEINE_CHECK(!control::open_token(token, "other"), "another key opens nothing");
  return 0;
}
