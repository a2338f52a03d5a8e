// SPDX-License-Identifier: Apache-2.0
// Certificate signing requests (PKCS#10): a proxy builds one, the identity service reads it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/certificate.h"
#include "crypto/handles.h"
#include "crypto/key.h"
#include "crypto/names.h"

namespace seine::crypto {

inline constexpr std::size_t kMaxRequestDer = 16 * 1024;

// An empty subject and `name` as the only alternative name, signed by `key`: what Linkerd's
// identity service accepts.
Result<Der> make_request(const PrivateKey& key, const SubjectName& name);

// A request whose signature holds, with a P-256 key and one name. Immutable; move only.
class CertificateRequest {
 public:
  // Errors, kInvalidArgument: not DER, over kMaxRequestDer, a bad signature, another kind of key,
  // no name or more than one, a common name that differs from it.
  static Result<CertificateRequest> from_der(std::string_view der);

  const SubjectName& name() const { return name_; }
  evp_pkey_st* public_key() const { return public_key_.get(); }

 private:
  CertificateRequest(KeyHandle public_key, SubjectName name)
      : public_key_(std::move(public_key)), name_(std::move(name)) {}

  KeyHandle public_key_;
  SubjectName name_;
};

}  // namespace seine::crypto
