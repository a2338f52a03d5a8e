// SPDX-License-Identifier: Apache-2.0
#include "crypto/tls_context.h"

#include "openssl/bio.h"
#include "openssl/err.h"
#include "openssl/ssl.h"

#include "crypto/openssl.h"
#include "crypto/stream_bio.h"
#include "crypto/tls_session.h"

namespace seine::crypto {
namespace {

constexpr char kSuites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kGroups[] = "X25519:P-256:P-384";
constexpr std::string_view kWhat = "TLS context";

Result<SslContextHandle> make_handle(const TrustAnchors& anchors) {
  SslContextHandle handle(SSL_CTX_new(TLS_method()));
  SSL_CTX* context = handle.get();
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, kSuites) != 1 ||
      SSL_CTX_set1_groups_list(context, kGroups) != 1 || SSL_CTX_set_num_tickets(context, 0) != 1) {
    return fail_openssl(ErrorCode::kInternal, kWhat);
  }
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  // An idle connection holds no record buffers. Without AUTO_RETRY a read returns after each record
  // that is not data, so that a peer sending nothing else can be counted and cut off.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(context, 1);
  auto store = anchors.make_store();
  if (!store) return fail(std::move(store).error());
  SSL_CTX_set_cert_store(context, store->release());
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  install_session_callbacks(context);
  return handle;
}

}  // namespace

Result<> TlsCredentials::check(const TrustAnchors& anchors, const SubjectName& local_name,
                               WallTime at) const {
  if (!leaf.holds_key_of(key)) {
    return fail(ErrorCode::kTlsIdentity, "the certificate is for another private key");
  }
  if (!leaf.vouches_for(local_name)) {
    return fail(ErrorCode::kTlsIdentity, "the certificate does not name " + local_name.text());
  }
  for (const Purpose purpose : {Purpose::kServer, Purpose::kClient}) {
    if (auto verified = anchors.verify(leaf, intermediates, at, purpose); !verified) {
      return fail(
          std::move(verified).error().with_context("the certificate of " + local_name.text()));
    }
  }
  return {};
}

TlsContext::TlsContext(SslContextHandle handle, bool has_credentials)
    : handle_(std::move(handle)),
      bio_method_(StreamBio::make_method()),
      has_credentials_(has_credentials) {}

TlsContext::~TlsContext() {
  BIO_meth_free(bio_method_);
}

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const TrustAnchors& anchors,
                                                             const TlsCredentials& credentials,
                                                             WallTime at) {
  auto handle = make_handle(anchors);
  if (!handle) return fail(std::move(handle).error());
  SSL_CTX* context = handle->get();
  if (!credentials.leaf.holds_key_of(credentials.key)) {
    return fail(ErrorCode::kInvalidConfig, "TLS context: the private key is not the certificate's");
  }
  if (SSL_CTX_use_certificate(context, credentials.leaf.handle()) != 1 ||
      SSL_CTX_use_PrivateKey(context, credentials.key.handle()) != 1) {
    return fail_openssl(ErrorCode::kInternal, kWhat);
  }
  for (const Certificate& intermediate : credentials.intermediates) {
    if (SSL_CTX_add1_chain_cert(context, intermediate.handle()) != 1) {
      return fail_openssl(ErrorCode::kInternal, kWhat);
    }
    if (anchors.verify_authority(intermediate, credentials.intermediates, at)) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context), intermediate.handle());
    }
  }
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(*handle), true));
}

Result<std::shared_ptr<const TlsContext>> TlsContext::create_anonymous(
    const TrustAnchors& anchors) {
  auto handle = make_handle(anchors);
  if (!handle) return fail(std::move(handle).error());
  return std::shared_ptr<const TlsContext>(new TlsContext(std::move(*handle), false));
}

}  // namespace seine::crypto
