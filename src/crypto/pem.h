// SPDX-License-Identifier: Apache-2.0
// PEM text (RFC 7468) as people really write it: with or without a final newline, LF, CRLF or CR, a
// byte order mark, comments and blank lines between blocks, indented lines, spaces in the base64.
// Not tolerated, because they hide a cut or mangled file: a block without its END, an END without
// BEGIN, a BEGIN line that is not whole, bad base64, header lines inside a block.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/secret.h"

namespace seine::crypto {

inline constexpr std::size_t kMaxPemBytes = 1 << 20;
inline constexpr std::size_t kMaxPemBlocks = 256;

struct PemBlock {
  std::string label;  // "CERTIFICATE"
  Secret octets;      // what the base64 said; wiped, since it may be a key
  int number = 0;     // 1 for the first block of the text
  int line = 0;       // where its BEGIN stands, 1 for the first line

  // "block 2 at line 17", for messages.
  std::string where() const;
};

// The blocks in their order; none is no error here. `what` opens every message: "trust anchors:
// block 2 at line 17: not valid base64". Messages never quote the text. Error: kInvalidConfig.
Result<std::vector<PemBlock>> parse_pem(std::string_view text, std::string_view what);

// One block, 64 columns, final newline.
std::string to_pem(std::string_view label, std::string_view octets);

}  // namespace seine::crypto
