// SPDX-License-Identifier: Apache-2.0
#include "crypto/trust_anchors.h"

#include "openssl/err.h"

#include "crypto/openssl.h"
#include "crypto/pem.h"

namespace seine::crypto {

Result<TrustAnchors> TrustAnchors::from_pem(std::string_view text) {
  auto certificates = Certificate::many_from_pem(text, "trust anchors");
  if (!certificates) return fail(std::move(certificates).error());
  TrustAnchors out;
  for (const Certificate& certificate : *certificates) out.ders_.insert(certificate.der());
  return out;
}

TrustAnchors TrustAnchors::from(const Certificate& anchor) {
  TrustAnchors out;
  out.ders_.insert(anchor.der());
  return out;
}

void TrustAnchors::add(const TrustAnchors& others) {
  ders_.insert(others.ders_.begin(), others.ders_.end());
}

std::string TrustAnchors::to_pem() const {
  std::string out;
  for (const Der& der : ders_) out += crypto::to_pem("CERTIFICATE", der);
  return out;
}

Result<StoreHandle> TrustAnchors::make_store() const {
  StoreHandle store(X509_STORE_new());
  if (store == nullptr) return fail_openssl(ErrorCode::kInternal, "trust anchors");
  for (const Der& der : ders_) {
    const unsigned char* at = octets_of(der);
    const X509Handle anchor(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (anchor == nullptr || X509_STORE_add_cert(store.get(), anchor.get()) != 1) {
      return fail_openssl(ErrorCode::kInternal, "trust anchors");
    }
  }
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  return store;
}

Result<> TrustAnchors::verify(const Certificate& leaf, std::span<const Certificate> intermediates,
                              WallTime at, Purpose purpose) const {
  const bool server = purpose == Purpose::kServer;
  return verify_for(server ? X509_PURPOSE_SSL_SERVER : X509_PURPOSE_SSL_CLIENT, leaf, intermediates,
                    at);
}

Result<> TrustAnchors::verify_authority(const Certificate& authority,
                                        std::span<const Certificate> intermediates,
                                        WallTime at) const {
  if (!authority.is_ca()) return fail(ErrorCode::kTlsHandshake, "not an authority's certificate");
  return verify_for(X509_PURPOSE_ANY, authority, intermediates, at);
}

Result<> TrustAnchors::verify_for(int openssl_purpose, const Certificate& certificate,
                                  std::span<const Certificate> intermediates, WallTime at) const {
  const auto store = make_store();
  if (!store) return fail(store.error());
  const CertificateStack untrusted(sk_X509_new_null());
  const StoreContext context(X509_STORE_CTX_new());
  if (untrusted == nullptr || context == nullptr) {
    return fail_openssl(ErrorCode::kInternal, "verifying a certificate");
  }
  for (const Certificate& intermediate : intermediates) {
    X509_up_ref(intermediate.handle());
    sk_X509_push(untrusted.get(), intermediate.handle());
  }
  if (X509_STORE_CTX_init(context.get(), store->get(), certificate.handle(), untrusted.get()) !=
      1) {
    return fail_openssl(ErrorCode::kInternal, "verifying a certificate");
  }
  X509_STORE_CTX_set_time(context.get(), 0, to_time_t(at));
  X509_STORE_CTX_set_purpose(context.get(), openssl_purpose);
  const bool verified = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  if (verified) return {};
  return fail(ErrorCode::kTlsHandshake,
              X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get())));
}

}  // namespace seine::crypto
