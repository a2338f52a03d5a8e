// SPDX-License-Identifier: Apache-2.0
// For the .cc files of this folder only: what OpenSSL tells us in callbacks, and what it asks. A
// TlsStream hands one to its SSL; the callbacks of a context find it there. They note facts and
// return; nothing of ours runs inside them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "crypto/handles.h"
#include "crypto/names.h"

namespace seine::crypto {

// Needed until the handshake is over.
struct TlsHandshake {
  std::optional<SubjectName> expected;  // a client's: whom the server must be
  std::vector<std::string> alpn;        // a server's: what it accepts, by preference
  std::optional<SubjectName> peer;      // the first name of a certificate that verified
  std::string refusal;                  // why we refused the peer's certificate
  bool wrong_identity = false;
};

struct TlsSession {
  std::unique_ptr<TlsHandshake> handshake;  // null once it is over
  // Handshake messages the peer sent after that: key updates and tickets.
  std::uint64_t late_messages = 0;
  // The last alert but close_notify; -1: none.
  std::int16_t alert = -1;
  bool alert_from_peer = false;

  // The error of a connection that failed, stage tls, with the alert as its cause.
  Error error(std::string reason) const;
};

void install_session_callbacks(ssl_ctx_st* context);
void attach_session(ssl_st* ssl, TlsSession& session);

}  // namespace seine::crypto
