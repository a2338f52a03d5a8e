// SPDX-License-Identifier: Apache-2.0
// For the .cc files of this folder only: OpenSSL's temporaries as owning pointers, its times as
// ours, its error queue as a sentence.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "openssl/asn1.h"
#include "openssl/bn.h"
#include "openssl/evp.h"
#include "openssl/x509.h"
#include "openssl/x509v3.h"

#include "base/result.h"
#include "base/time.h"
#include "crypto/handles.h"

namespace seine::crypto {

template <auto kFree>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, FreeWith<kFree>>;

using BigNumber = Owned<BIGNUM, BN_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using GeneralNames = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using RequestHandle = Owned<X509_REQ, X509_REQ_free>;
using StoreContext = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;

// kFree as a function that stands for OpenSSL's macro.
void free_certificate_stack(STACK_OF(X509) * stack);
void free_extension_stack(STACK_OF(X509_EXTENSION) * stack);
using CertificateStack = Owned<STACK_OF(X509), free_certificate_stack>;
using ExtensionStack = Owned<STACK_OF(X509_EXTENSION), free_extension_stack>;

// The reason of the oldest queued error, or "unknown reason"; the queue is empty afterwards.
std::string take_openssl_reason();
// Fails with `code`, "what: reason", emptying the queue.
std::unexpected<Error> fail_openssl(ErrorCode code, std::string_view what);

// Seconds are kept; a time outside WallTime's range (years 1677 to 2262) becomes its nearest end.
// nullopt-like failure on a malformed time: kInvalidArgument.
Result<WallTime> to_wall_time(const ASN1_TIME* time);
std::time_t to_time_t(WallTime time);

// DER of any object with an i2d function.
template <auto kEncode, class T>
std::string encode_der(const T* object) {
  const int size = kEncode(object, nullptr);
  if (size <= 0) return {};
  std::string out(static_cast<std::size_t>(size), '\0');
  auto* at = reinterpret_cast<unsigned char*>(out.data());
  kEncode(object, &at);
  return out;
}

inline const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace seine::crypto
