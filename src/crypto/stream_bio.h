// SPDX-License-Identifier: Apache-2.0
// For the .cc files of this folder only: where OpenSSL's records come from and go to, in place of a
// socket. Reading goes straight to the transport. Writing never refuses: what the transport does
// not take now waits in a queue, so OpenSSL never holds a half-sent record, and whoever fills the
// queue also empties it. One loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/error.h"
#include "runtime/buffer.h"
#include "runtime/stream.h"

struct bio_st;
struct bio_method_st;

namespace seine::crypto {

class StreamBio {
 public:
  // Why the last read gave nothing.
  enum class Stop : std::uint8_t { kNone, kBlocked, kEof, kError };

  // `prefix`: bytes that were read from the transport earlier; they are read first.
  StreamBio(runtime::BlockPool& pool, std::unique_ptr<runtime::Stream> transport,
            runtime::Bytes prefix)
      : transport_(std::move(transport)), prefix_(std::move(prefix)), out_(pool) {}
  StreamBio(const StreamBio&) = delete;
  StreamBio& operator=(const StreamBio&) = delete;

  // The method of every BIO that make_bio() makes; outlives them.
  static bio_method_st* make_method();
  // A BIO that reads and writes here; null when out of memory. Freed by whoever is given it.
  bio_st* make_bio(bio_method_st* method);

  runtime::Stream& transport() { return *transport_; }
  const runtime::Stream& transport() const { return *transport_; }
  Stop stop() const { return stop_; }
  bool prefix_left() const { return !prefix_.empty(); }

  // While set, records are gathered for one flush; otherwise each goes to the transport at once.
  void set_gathering(bool gathering) { gathering_ = gathering; }
  // Whether all that was written has been taken by the transport.
  bool flushed() const { return out_.empty(); }
  // Offers the queue to the transport. False: the transport failed, and stays so.
  bool flush();
  bool failed() const { return write_failed_ || stop_ == Stop::kError; }

 private:
  friend struct StreamBioCalls;
  int read(char* into, int size);
  int write(const char* from, int size);

  std::unique_ptr<runtime::Stream> transport_;
  runtime::Bytes prefix_;
  runtime::OutQueue out_;
  Stop stop_ = Stop::kNone;
  bool gathering_ = false;
  bool write_failed_ = false;
};

}  // namespace seine::crypto
