// SPDX-License-Identifier: Apache-2.0
// Whom the mesh trusts: a set of certificates. Order, repetition, comments and line endings of the
// text they came from mean nothing (story S8): two values are equal if their sets of DER are.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "crypto/certificate.h"

namespace seine::crypto {

enum class Purpose : std::uint8_t { kServer, kClient };

// A value.
class TrustAnchors {
 public:
  // Error kInvalidConfig, opened by "trust anchors: ", and naming block and line.
  static Result<TrustAnchors> from_pem(std::string_view text);
  static TrustAnchors from(const Certificate& anchor);

  void add(const TrustAnchors& others);
  const std::set<Der>& ders() const { return ders_; }
  std::string to_pem() const;  // in the order of the set
  friend bool operator==(const TrustAnchors&, const TrustAnchors&) = default;

  // Whether `leaf` chains to an anchor at `at`, through any of `intermediates` in any order, for
  // that purpose. Any anchor ends a chain, self-signed or not. Error: kTlsHandshake, the reason in
  // OpenSSL's words, for example "certificate has expired".
  Result<> verify(const Certificate& leaf, std::span<const Certificate> intermediates, WallTime at,
                  Purpose purpose) const;

  // The same for an authority's certificate, for any purpose.
  Result<> verify_authority(const Certificate& authority,
                            std::span<const Certificate> intermediates, WallTime at) const;

  // A new OpenSSL store of the set, for a TlsContext.
  Result<StoreHandle> make_store() const;

 private:
  Result<> verify_for(int openssl_purpose, const Certificate& certificate,
                      std::span<const Certificate> intermediates, WallTime at) const;

  std::set<Der> ders_;
};

}  // namespace seine::crypto
