// SPDX-License-Identifier: Apache-2.0
// TLS 1.3 over another stream. It is a Stream itself once handshake() has succeeded.
//
// Idle it holds no buffers: records are decrypted from and encrypted into memory that is taken for
// the length of a call. One try_write is one write to the transport where that takes it all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/names.h"
#include "crypto/tls_context.h"
#include "runtime/event_loop.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace seine::crypto {

class StreamBio;
struct TlsSession;

// What the two sides agreed on.
struct TlsInfo {
  // A client: the name it asked for. A server: the first DNS or SPIFFE name of the client's
  // certificate; nothing if it showed none, or one without such names.
  std::optional<SubjectName> peer;
  bool peer_has_certificate = false;
  std::string alpn;    // "" if none
  std::string cipher;  // "TLS_AES_128_GCM_SHA256"
  std::string group;   // "x25519"
};

struct TlsClientOptions {
  SubjectName server_id;          // must be among the server's names
  std::string server_name;        // SNI; need not be the id; "": none
  std::vector<std::string> alpn;  // offered in this order
};

struct TlsServerOptions {
  // Accepted, by preference. Empty: whatever the client offers is ignored. Otherwise a client that
  // offers only others is refused, one that offers nothing is not.
  std::vector<std::string> alpn;
  // What was read from the transport before it was known to be TLS.
  runtime::Bytes prefix;
};

// One loop; immovable. Destroying it drops the connection without a word.
class TlsStream final : public runtime::Stream,
                        private runtime::Wakeable,
                        private runtime::TurnEndHook {
 public:
  // A peer that sends more handshake messages than this after the handshake (key updates, tickets),
  // plus one for every 16 MiB of data, is cut off: kLimit.
  static constexpr std::uint64_t kMaxLateMessages = 32;

  static std::unique_ptr<TlsStream> client(runtime::EventLoop& loop,
                                           std::unique_ptr<runtime::Stream> transport,
                                           std::shared_ptr<const TlsContext> context,
                                           TlsClientOptions options);
  // CHECKs that the context has credentials.
  static std::unique_ptr<TlsStream> server(runtime::EventLoop& loop,
                                           std::unique_ptr<runtime::Stream> transport,
                                           std::shared_ptr<const TlsContext> context,
                                           TlsServerOptions options);
  ~TlsStream() override;

  // Once, before anything else; certificates are judged at the loop clock's wall time. It waits
  // until our last flight has left. No timeout: wrap it in with_deadline(). Errors: kTlsIdentity (a
  // client's peer has another name), kTlsHandshake; the alert that was sent or received, or the
  // transport's errno, is the cause. In TLS 1.3 a client is done before the server has judged its
  // certificate: that refusal is the error of the first try_read().
  runtime::Task<Result<TlsInfo>> handshake();

  runtime::IoResult try_read(std::span<std::byte> into) override;
  // What was not acknowledged must be offered again, the same bytes first: as long as a part waits
  // for the transport, its last byte counts as not taken, so that nobody forgets to come back.
  runtime::IoResult try_write(std::span<const iovec> pieces) override;
  void arm_read(runtime::Wakeable& who) override;
  void arm_write(runtime::Wakeable& who) override;
  void arm_hangup(runtime::Wakeable& who) override;
  bool hung_up() const override;
  void arm_peer_finished(runtime::Wakeable& who) override;
  // Sends close_notify, then shuts the transport down; reading goes on.
  void shutdown_write() override;
  void abort() override;
  Error error() const override;

  // After kEof: the transport ended without a close_notify, so the last message may be cut short.
  bool truncated() const { return truncated_; }
  const runtime::Stream& transport() const;

 private:
  class Gather;

  TlsStream(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> transport,
            std::shared_ptr<const TlsContext> context, runtime::Bytes prefix);
  runtime::IoResult fail_with(Error error);
  // What a failed OpenSSL call means: the transport's error or that of the TLS session.
  Error reason_of_failure();
  TlsInfo describe_peer();
  // Whether reading can go on after a call that gave no data; otherwise eof_, error_ or starved_
  // says why not.
  bool reads_on(int outcome);
  bool within_limits() const;
  void on_wake() override;
  void on_turn_end() override;
  void flush_in_background();

  runtime::EventLoop& loop_;
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<StreamBio> bio_;
  std::unique_ptr<TlsSession> session_;
  SslHandle ssl_;
  std::unique_ptr<Error> error_;
  runtime::WakeSlot write_slot_;
  std::uint64_t bytes_read_ = 0;
  bool established_ = false;
  bool starved_ = false;  // nothing can be read until the transport has more
  bool eof_ = false;
  bool truncated_ = false;
  bool byte_owed_ = false;  // the next byte offered has already been encrypted
  bool closing_ = false;    // shutdown_write() was called
  bool closed_ = false;     // and reached the transport
};

}  // namespace seine::crypto
