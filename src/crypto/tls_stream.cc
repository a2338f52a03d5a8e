// SPDX-License-Identifier: Apache-2.0
#include "crypto/tls_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "openssl/err.h"
#include "openssl/ssl.h"

#include "base/check.h"
#include "crypto/openssl.h"
#include "crypto/stream_bio.h"
#include "crypto/tls_session.h"
#include "runtime/socket.h"

namespace seine::crypto {

using runtime::Block;
using runtime::BlockPool;
using runtime::Bytes;
using runtime::IoResult;
using runtime::Stream;
using runtime::Task;

namespace {

constexpr std::size_t kMaxRecord = 16 * 1024;  // plaintext, RFC 8446, 5.1
constexpr std::size_t kMaxPerWrite = 64 * 1024;
constexpr std::uint64_t kBytesPerLateMessage = 16 * 1024 * 1024;

// It has been judged; from here on it would only take memory, some KB a connection.
void forget_peer_chain(SSL* ssl) {
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl);
  while (X509* certificate = chain == nullptr ? nullptr : sk_X509_pop(chain)) {
    X509_free(certificate);
  }
}

}  // namespace

// Cuts pieces into records: a large piece is taken where it lies, small ones are copied together.
class TlsStream::Gather {
 public:
  Gather(BlockPool& pool, std::span<const iovec> pieces) : pool_(pool), pieces_(pieces) {}

  void skip(std::size_t count) {
    SEINE_CHECK(!at_end(), "bytes that were offered before are offered again");
    at_ += count;
  }
  // Moves past spent pieces.
  bool at_end() {
    while (!pieces_.empty() && at_ == pieces_.front().iov_len) {
      pieces_ = pieces_.subspan(1);
      at_ = 0;
    }
    return pieces_.empty();
  }
  // One record's worth; empty at the end. Valid until the next call.
  std::string_view next() {
    if (at_end()) return {};
    const std::string_view here = rest_of_piece();
    if (here.size() >= BlockPool::kCapacity || pieces_.size() == 1) {
      at_ += std::min(here.size(), kMaxRecord);
      return here.substr(0, kMaxRecord);
    }
    if (scratch_.empty()) {
      scratch_ = Bytes(pool_.take(), 0, static_cast<std::uint32_t>(BlockPool::kCapacity));
    }
    auto* into = const_cast<char*>(scratch_.view().data());
    std::size_t filled = 0;
    while (filled < BlockPool::kCapacity && !at_end()) {
      const std::string_view piece = rest_of_piece();
      const std::size_t n = std::min(piece.size(), BlockPool::kCapacity - filled);
      std::memcpy(into + filled, piece.data(), n);
      filled += n;
      at_ += n;
    }
    return {into, filled};
  }

 private:
  std::string_view rest_of_piece() const {
    const iovec& piece = pieces_.front();
    return {static_cast<const char*>(piece.iov_base) + at_, piece.iov_len - at_};
  }

  BlockPool& pool_;
  std::span<const iovec> pieces_;
  std::size_t at_ = 0;  // within the first piece
  Bytes scratch_;
};

TlsStream::TlsStream(runtime::EventLoop& loop, std::unique_ptr<Stream> transport,
                     std::shared_ptr<const TlsContext> context, Bytes prefix)
    : loop_(loop),
      context_(std::move(context)),
      bio_(std::make_unique<StreamBio>(loop.pool(), std::move(transport), std::move(prefix))),
      session_(std::make_unique<TlsSession>()),
      ssl_(SSL_new(context_->handle())) {
  SEINE_CHECK(ssl_ != nullptr, "out of memory");
  BIO* bio = bio_->make_bio(context_->bio_method());
  SEINE_CHECK(bio != nullptr, "out of memory");
  SSL_set_bio(ssl_.get(), bio, bio);
  session_->handshake = std::make_unique<TlsHandshake>();
  attach_session(ssl_.get(), *session_);
}

TlsStream::~TlsStream() = default;

std::unique_ptr<TlsStream> TlsStream::client(runtime::EventLoop& loop,
                                             std::unique_ptr<Stream> transport,
                                             std::shared_ptr<const TlsContext> context,
                                             TlsClientOptions options) {
  std::unique_ptr<TlsStream> stream(
      new TlsStream(loop, std::move(transport), std::move(context), Bytes()));
  SSL* ssl = stream->ssl_.get();
  SSL_set_connect_state(ssl);
  if (!options.server_name.empty()) SSL_set_tlsext_host_name(ssl, options.server_name.c_str());
  std::string protocols;
  for (const std::string& protocol : options.alpn) {
    SEINE_CHECK(!protocol.empty() && protocol.size() < 256, "a protocol has 1 to 255 octets");
    protocols.push_back(static_cast<char>(protocol.size()));
    protocols.append(protocol);
  }
  if (!protocols.empty()) {
    SSL_set_alpn_protos(ssl, octets_of(protocols), static_cast<unsigned>(protocols.size()));
  }
  stream->session_->handshake->expected = std::move(options.server_id);
  return stream;
}

std::unique_ptr<TlsStream> TlsStream::server(runtime::EventLoop& loop,
                                             std::unique_ptr<Stream> transport,
                                             std::shared_ptr<const TlsContext> context,
                                             TlsServerOptions options) {
  SEINE_CHECK(context->has_credentials(), "a server has a certificate");
  std::unique_ptr<TlsStream> stream(
      new TlsStream(loop, std::move(transport), std::move(context), std::move(options.prefix)));
  SSL_set_accept_state(stream->ssl_.get());
  stream->session_->handshake->alpn = std::move(options.alpn);
  return stream;
}

Error TlsStream::reason_of_failure() {
  // What the peer said explains more than the reset that often follows it.
  if (session_->alert_from_peer) {
    ERR_clear_error();
    return session_->error({});
  }
  if (bio_->failed()) {
    ERR_clear_error();
    Error error = bio_->transport().error();
    if (established_) return error;
    error.code = ErrorCode::kTlsHandshake;
    return std::move(error).with_context("during the TLS handshake");
  }
  if (!established_ && bio_->stop() == StreamBio::Stop::kEof) {
    ERR_clear_error();
    return session_->error("the peer closed the connection during the TLS handshake");
  }
  return session_->error(take_openssl_reason());
}

TlsInfo TlsStream::describe_peer() {
  const SSL* ssl = ssl_.get();
  const unsigned char* protocol = nullptr;
  unsigned protocol_size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &protocol_size);
  const char* group = SSL_group_to_name(ssl_.get(), SSL_get_negotiated_group(ssl_.get()));
  return TlsInfo{
      .peer = std::move(session_->handshake->peer),
      .peer_has_certificate = SSL_get0_peer_certificate(ssl) != nullptr,
      .alpn = std::string(reinterpret_cast<const char*>(protocol), protocol_size),
      .cipher = SSL_get_cipher_name(ssl),
      .group = group == nullptr ? "" : group,
  };
}

Task<Result<TlsInfo>> TlsStream::handshake() {
  SEINE_CHECK(session_->handshake != nullptr, "a handshake happens once");
  X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl_.get()), to_time_t(loop_.clock().wall_now()));
  runtime::Waker waker(loop_);
  bio_->set_gathering(true);
  for (bool done = false; !done;) {
    ERR_clear_error();
    const int outcome = SSL_do_handshake(ssl_.get());
    done = outcome == 1;
    const bool wants_more = SSL_get_error(ssl_.get(), outcome) == SSL_ERROR_WANT_READ;
    std::optional<Error> failure;
    if (!done && !wants_more) failure = reason_of_failure();
    // With a failure the flight is our alert: it is offered once, not waited for.
    bool sent = bio_->flush();
    while (!failure && sent && !bio_->flushed()) {
      co_await runtime::write_ready(bio_->transport(), waker);
      sent = bio_->flush();
    }
    if (!failure && !sent) failure = reason_of_failure();
    if (failure) {
      error_ = std::make_unique<Error>(std::move(*failure));
      co_return fail(*error_);
    }
    if (!done && bio_->stop() == StreamBio::Stop::kBlocked) {
      co_await runtime::read_ready(bio_->transport(), waker);
    }
  }
  TlsInfo info = describe_peer();
  forget_peer_chain(ssl_.get());
  bio_->set_gathering(false);
  session_->handshake.reset();
  established_ = true;
  co_return info;
}

IoResult TlsStream::fail_with(Error error) {
  error_ = std::make_unique<Error>(std::move(error));
  return IoResult::error();
}

bool TlsStream::within_limits() const {
  return session_->late_messages <= kMaxLateMessages + bytes_read_ / kBytesPerLateMessage;
}

bool TlsStream::reads_on(int outcome) {
  switch (SSL_get_error(ssl_.get(), outcome)) {
    case SSL_ERROR_WANT_READ:
      if (!within_limits()) {
        fail_with(make_error(ErrorCode::kLimit, "the peer keeps updating its TLS keys"));
        return false;
      }
      // Blocked, or a record that was not data: then there may be more behind it.
      starved_ = bio_->stop() == StreamBio::Stop::kBlocked;
      return !starved_;
    case SSL_ERROR_ZERO_RETURN: eof_ = true; return false;
    default: break;
  }
  if (bio_->stop() == StreamBio::Stop::kEof && session_->alert < 0) {
    ERR_clear_error();
    eof_ = truncated_ = true;
    return false;
  }
  fail_with(reason_of_failure());
  return false;
}

IoResult TlsStream::try_read(std::span<std::byte> into) {
  SEINE_CHECK(established_ || error_ != nullptr, "the handshake comes first");
  if (error_ != nullptr) return IoResult::error();
  if (eof_) return IoResult::eof();
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t got = 0;
    const int outcome = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &got);
    total += got;
    bytes_read_ += got;
    if (outcome == 1) {
      starved_ = false;
    } else if (!reads_on(outcome)) {
      break;
    }
  }
  // Answers to key updates, and the alert of a failure.
  if (!bio_->flushed()) flush_in_background();
  if (total > 0) return IoResult::ok(total);
  if (error_ != nullptr) return IoResult::error();
  return eof_ ? IoResult::eof() : IoResult::would_block();
}

IoResult TlsStream::try_write(std::span<const iovec> pieces) {
  SEINE_CHECK(established_ || error_ != nullptr, "the handshake comes first");
  SEINE_CHECK(!closing_, "nothing is written after shutdown_write()");
  if (error_ != nullptr) return IoResult::error();
  if (!bio_->flush()) return fail_with(reason_of_failure());
  if (!bio_->flushed()) return IoResult::would_block();
  Gather gather(loop_.pool(), pieces);
  std::size_t taken = 0;
  if (std::exchange(byte_owed_, false)) {
    gather.skip(1);
    taken = 1;
  }
  // A single record goes to the transport from where OpenSSL wrote it; several are put together.
  std::string_view record = gather.next();
  while (!record.empty()) {
    ERR_clear_error();
    std::size_t written = 0;
    const std::size_t size = record.size();
    taken += size;
    const bool last = taken >= kMaxPerWrite || gather.at_end();
    bio_->set_gathering(!last);
    if (SSL_write_ex(ssl_.get(), record.data(), size, &written) != 1) {
      return fail_with(reason_of_failure());
    }
    SEINE_CHECK(written == size, "what OpenSSL writes to never refuses");
    record = last ? std::string_view() : gather.next();
  }
  if (!bio_->flush()) return fail_with(reason_of_failure());
  if (!bio_->flushed() && taken > 0) {
    byte_owed_ = true;
    --taken;
  }
  return taken > 0 ? IoResult::ok(taken) : IoResult::would_block();
}

void TlsStream::arm_read(runtime::Wakeable& who) {
  const bool buffered = bio_->prefix_left() || (!starved_ && SSL_has_pending(ssl_.get()) == 1);
  if (buffered || eof_ || error_ != nullptr) {
    who.on_wake();
  } else {
    bio_->transport().arm_read(who);
  }
}

void TlsStream::arm_write(runtime::Wakeable& who) {
  write_slot_.arm(who);
  if (error_ != nullptr) {
    write_slot_.wake();
  } else {
    bio_->transport().arm_write(*this);
  }
}

void TlsStream::on_wake() {
  if (!bio_->flushed() || (closing_ && !closed_)) loop_.schedule_at_turn_end(*this);
  write_slot_.wake();
}

void TlsStream::on_turn_end() {
  flush_in_background();
}

void TlsStream::flush_in_background() {
  if (!bio_->flush()) return;
  if (!bio_->flushed()) {
    bio_->transport().arm_write(*this);
  } else if (closing_ && !closed_) {
    closed_ = true;
    bio_->transport().shutdown_write();
  }
}

void TlsStream::shutdown_write() {
  if (closing_) return;
  closing_ = true;
  if (established_ && error_ == nullptr) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }
  flush_in_background();
}

void TlsStream::abort() {
  bio_->transport().abort();
}

void TlsStream::arm_hangup(runtime::Wakeable& who) {
  bio_->transport().arm_hangup(who);
}

void TlsStream::arm_peer_finished(runtime::Wakeable& who) {
  bio_->transport().arm_peer_finished(who);
}

bool TlsStream::hung_up() const {
  return bio_->transport().hung_up();
}

Error TlsStream::error() const {
  SEINE_CHECK(error_ != nullptr, "asked after a kError");
  return *error_;
}

const Stream& TlsStream::transport() const {
  return bio_->transport();
}

}  // namespace seine::crypto
