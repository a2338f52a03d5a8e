// SPDX-License-Identifier: Apache-2.0
// What a process brings to every TLS connection: whom it trusts and who it is. Immutable and shared
// by all loops; a new certificate or new anchors make a new context, and connections that began on
// the old one end on it.
//
// TLS 1.3 only; AES-128-GCM, AES-256-GCM, ChaCha20-Poly1305; X25519, P-256, P-384; no tickets, no
// resumption, no early data, no renegotiation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/certificate.h"
#include "crypto/handles.h"
#include "crypto/key.h"
#include "crypto/names.h"
#include "crypto/trust_anchors.h"

struct bio_method_st;

namespace seine::crypto {

// A leaf, what leads from it to an anchor, and its key.
struct TlsCredentials {
  Certificate leaf;
  std::vector<Certificate> intermediates;
  PrivateKey key;

  // What a certifier's answer must satisfy before it is used: the key is the leaf's, the chain
  // verifies against `anchors` at `at` for a server and for a client, `local_name` is among its
  // names. Error: kTlsHandshake or kTlsIdentity.
  Result<> check(const TrustAnchors& anchors, const SubjectName& local_name, WallTime at) const;
};

// Any thread.
class TlsContext {
 public:
  // For servers, and for clients that show who they are. Error kInvalidConfig when the key is not
  // the leaf's; whether the chain verifies is check()'s business. Those of our intermediates that
  // verify at `at` are kept as known good: peers mostly share them, and their chains then end there
  // instead of being proved up to the anchor in every handshake.
  static Result<std::shared_ptr<const TlsContext>> create(const TrustAnchors& anchors,
                                                          const TlsCredentials& credentials,
                                                          WallTime at);
  // For clients without a certificate, as before the first certification.
  static Result<std::shared_ptr<const TlsContext>> create_anonymous(const TrustAnchors& anchors);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  bool has_credentials() const { return has_credentials_; }

  ssl_ctx_st* handle() const { return handle_.get(); }
  bio_method_st* bio_method() const { return bio_method_; }

 private:
  TlsContext(SslContextHandle handle, bool has_credentials);

  SslContextHandle handle_;
  bio_method_st* bio_method_;
  bool has_credentials_;
};

}  // namespace seine::crypto
