// SPDX-License-Identifier: Apache-2.0
#include "crypto/stream_bio.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "openssl/bio.h"

#include "base/check.h"

namespace seine::crypto {

using runtime::IoResult;

// What OpenSSL calls, in its own signatures.
struct StreamBioCalls {
  static StreamBio& self(BIO* bio) { return *static_cast<StreamBio*>(BIO_get_data(bio)); }
  static int read(BIO* bio, char* into, int size) {
    BIO_clear_retry_flags(bio);
    const int got = self(bio).read(into, size);
    if (self(bio).stop_ == StreamBio::Stop::kBlocked) BIO_set_retry_read(bio);
    return got;
  }
  static int write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    return self(bio).write(from, size);
  }
  static long ctrl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }
};

bio_method_st* StreamBio::make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "seine stream");
  SEINE_CHECK(method != nullptr, "out of memory");
  BIO_meth_set_read(method, &StreamBioCalls::read);
  BIO_meth_set_write(method, &StreamBioCalls::write);
  BIO_meth_set_ctrl(method, &StreamBioCalls::ctrl);
  return method;
}

bio_st* StreamBio::make_bio(bio_method_st* method) {
  BIO* bio = BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

int StreamBio::read(char* into, int size) {
  if (size <= 0) return 0;
  stop_ = Stop::kNone;
  const auto room = static_cast<std::size_t>(size);
  if (!prefix_.empty()) {
    const std::size_t n = std::min(room, prefix_.size());
    std::memcpy(into, prefix_.data(), n);
    prefix_.remove_prefix(n);
    if (prefix_.empty()) prefix_ = {};
    return static_cast<int>(n);
  }
  const IoResult result = transport_->try_read(std::as_writable_bytes(std::span(into, room)));
  switch (result.status) {
    case IoResult::Status::kOk: return static_cast<int>(result.bytes);
    case IoResult::Status::kWouldBlock: stop_ = Stop::kBlocked; return -1;
    case IoResult::Status::kEof: stop_ = Stop::kEof; return 0;
    case IoResult::Status::kError: stop_ = Stop::kError; return -1;
  }
  SEINE_CHECK(false, "an IoResult without a status");
}

int StreamBio::write(const char* from, int size) {
  if (size <= 0) return 0;
  if (write_failed_) return -1;
  std::string_view rest(from, static_cast<std::size_t>(size));
  if (!gathering_ && out_.empty()) {
    const iovec piece{const_cast<char*>(rest.data()), rest.size()};
    const IoResult result = transport_->try_write({&piece, 1});
    if (result.status == IoResult::Status::kOk) rest.remove_prefix(result.bytes);
    if (result.status == IoResult::Status::kError) write_failed_ = true;
    if (write_failed_) return -1;
  }
  out_.append(rest);
  return size;
}

bool StreamBio::flush() {
  constexpr std::size_t kMaxPieces = 16;
  while (!out_.empty() && !write_failed_) {
    std::array<iovec, kMaxPieces> pieces;
    const std::size_t count = out_.gather(pieces);
    const IoResult result = transport_->try_write(std::span(pieces).first(count));
    if (result.status == IoResult::Status::kOk) {
      out_.consume(result.bytes);
    } else if (result.status == IoResult::Status::kWouldBlock) {
      return true;
    } else {
      write_failed_ = true;
      out_.clear();
    }
  }
  return !write_failed_;
}

}  // namespace seine::crypto
