// SPDX-License-Identifier: Apache-2.0
#include "control/registry/token_digest.h"

#include "crypto/digest.h"

namespace seine::control {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

TokenDigest digest_token(std::string_view token) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = token.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return crypto::sha256({});
  return crypto::sha256(token.substr(first, token.find_last_not_of(kSpace) - first + 1));
}

Result<TokenDigest> parse_token_digest(std::string_view hex) {
  TokenDigest digest{};
  if (hex.size() != digest.size() * 2) {
    return fail(ErrorCode::kInvalidConfig, "must be 64 hexadecimal digits");
  }
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    if (high < 0 || low < 0) {
      return fail(ErrorCode::kInvalidConfig, "must be 64 hexadecimal digits");
    }
    digest[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

std::string format_token_digest(const TokenDigest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t octet : digest) {
    hex.push_back(kDigits[octet >> 4]);
    hex.push_back(kDigits[octet & 15]);
  }
  return hex;
}

}  // namespace seine::control
