// SPDX-License-Identifier: Apache-2.0
#include "crypto/tls_session.h"

#include <algorithm>

#include "openssl/ssl.h"

#include "crypto/openssl.h"
#include "crypto/x509_names.h"

namespace seine::crypto {
namespace {

TlsSession& session_of(const SSL* ssl) {
  return *static_cast<TlsSession*>(SSL_get_app_data(ssl));
}

// Refuses the peer's certificate for a reason that is ours; `verify_error` picks the alert.
int refuse(X509_STORE_CTX* store, TlsHandshake& handshake, int verify_error, std::string why) {
  handshake.refusal = std::move(why);
  X509_STORE_CTX_set_error(store, verify_error);
  return 0;
}

std::string listed(const std::vector<SubjectName>& names) {
  if (names.empty()) return "nobody";
  constexpr std::size_t kShown = 3;
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    if (i > 0) out += ", ";
    out += names[i].text();
  }
  if (names.size() > kShown) out += " and others";
  return out;
}

// The chain by OpenSSL, then the names by us: a client asks for one literal name.
int verify_peer(X509_STORE_CTX* store, void*) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  TlsHandshake& handshake = *session_of(ssl).handshake;
  if (X509_verify_cert(store) != 1) {
    handshake.refusal = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
    return 0;
  }
  auto names = read_certificate_names(X509_STORE_CTX_get0_cert(store));
  if (!names) return refuse(store, handshake, X509_V_ERR_CERT_REJECTED, names.error().message);
  if (handshake.expected) {
    if (std::ranges::find(names->names, *handshake.expected) == names->names.end()) {
      handshake.wrong_identity = true;
      return refuse(store, handshake, X509_V_ERR_HOSTNAME_MISMATCH,
                    "it names " + listed(names->names) + ", not " + handshake.expected->text());
    }
    handshake.peer = handshake.expected;
  } else if (!names->names.empty()) {
    handshake.peer = names->names.front();
  }
  return 1;
}

void note_alert(const SSL* ssl, int where, int value) {
  constexpr int kCloseNotify = 0;
  if ((where & SSL_CB_ALERT) == 0 || (value & 0xff) == kCloseNotify) return;
  TlsSession& session = session_of(ssl);
  session.alert = static_cast<std::int16_t>(value & 0xff);
  session.alert_from_peer = (where & SSL_CB_READ) != 0;
}

void note_message(int sent, int, int content_type, const void*, size_t, SSL* ssl, void*) {
  if (sent != 0 || content_type != SSL3_RT_HANDSHAKE) return;
  TlsSession& session = session_of(ssl);
  if (session.handshake == nullptr) ++session.late_messages;
}

int select_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                const unsigned char* offered, unsigned offered_size, void*) {
  const TlsHandshake& handshake = *session_of(ssl).handshake;
  if (handshake.alpn.empty()) return SSL_TLSEXT_ERR_NOACK;
  for (const std::string& accepted : handshake.alpn) {
    // OpenSSL has checked that the list is whole.
    for (unsigned at = 0; at < offered_size; at += offered[at] + 1U) {
      const std::string_view name(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
      if (name != accepted) continue;
      *out = offered + at + 1;
      *out_size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Error TlsSession::error(std::string reason) const {
  const bool wrong = handshake != nullptr && handshake->wrong_identity;
  std::string message = std::move(reason);
  if (handshake != nullptr && !handshake->refusal.empty()) {
    message = "the peer's certificate is refused: " + handshake->refusal;
  } else if (alert >= 0 && alert_from_peer) {
    message = std::string("the peer sent alert ") + SSL_alert_desc_string_long(alert);
  }
  Error error =
      make_error(wrong ? ErrorCode::kTlsIdentity : ErrorCode::kTlsHandshake, std::move(message));
  if (alert >= 0) {
    error.cause = Error::Cause::kTlsAlert;
    error.cause_code = alert;
  }
  return error;
}

void install_session_callbacks(ssl_ctx_st* context) {
  SSL_CTX_set_cert_verify_callback(context, &verify_peer, nullptr);
  SSL_CTX_set_alpn_select_cb(context, &select_alpn, nullptr);
  SSL_CTX_set_info_callback(context, &note_alert);
  SSL_CTX_set_msg_callback(context, &note_message);
}

void attach_session(ssl_st* ssl, TlsSession& session) {
  SSL_set_app_data(ssl, &session);
}

}  // namespace seine::crypto
