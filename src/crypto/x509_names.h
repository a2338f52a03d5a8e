// SPDX-License-Identifier: Apache-2.0
// For the .cc files of this folder only: what certificates and requests have in common, namely
// subject alternative names and P-256 keys.
#pragma once

#include <vector>

#include "base/result.h"
#include "crypto/names.h"
#include "crypto/openssl.h"

namespace seine::crypto {

inline constexpr int kMaxAlternativeNames = 64;

// A SAN extension in our terms.
struct AlternativeNames {
  std::vector<SubjectName> names;  // DNS and SPIFFE names in their order
  int others = 0;  // wildcards, addresses, e-mails, other URIs: names that identify no workload
};

// Error kInvalidArgument on a name with a NUL inside (a certificate for "good\0.evil" must match
// neither) and on more than kMaxAlternativeNames names.
Result<AlternativeNames> read_names(const GENERAL_NAMES* names);
// Of a certificate: no SAN at all gives none; a SAN that does not parse is an error.
Result<AlternativeNames> read_certificate_names(const X509* certificate);
// Never null; critical when the subject is empty, as RFC 5280, 4.2.1.6 asks.
Extension make_names_extension(const SubjectName& name, bool critical);

bool is_p256(const EVP_PKEY* key);

}  // namespace seine::crypto
