// SPDX-License-Identifier: Apache-2.0
// A page of metrics while it is sent: handed out in pieces, compressed on the way where that was
// asked for, and gone after a deadline, so that clients that do not read cannot pile pages up.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "http/body.h"
#include "runtime/event_loop.h"
#include "runtime/timer_wheel.h"

namespace seine::proxy {

// Prometheus gives a scrape 10 s unless told otherwise; what takes longer than this has no reader.
inline constexpr Duration kScrapeDeadline = std::chrono::seconds(30);
// Of the page: enough to keep a connection busy, little enough not to hold up the loop.
inline constexpr std::size_t kScrapePiece = 16 * 1024;

class ScrapeBody final : public http::Body, private runtime::TimerNode {
 public:
  enum class Coding : std::uint8_t { kIdentity, kGzip };

  // Counts itself in `under_way`, which outlives it, while it lives. Compressing takes 270 KB.
  ScrapeBody(runtime::EventLoop& loop, std::string page, Coding coding, std::size_t& under_way);
  ~ScrapeBody() override;
  ScrapeBody(const ScrapeBody&) = delete;
  ScrapeBody& operator=(const ScrapeBody&) = delete;

  http::BodyPoll poll(runtime::Wakeable& who, runtime::Bytes& data) override;
  // kTimeout: the deadline passed before the page was sent.
  const Error& error() const override { return error_; }
  std::optional<std::uint64_t> length() const override;

 private:
  struct Deflater;

  void on_timer() override;
  void release();

  runtime::EventLoop& loop_;
  std::string page_;
  std::size_t next_ = 0;                // of the page: what has not been handed out, or compressed
  std::unique_ptr<Deflater> deflater_;  // null: the page goes out as it is
  bool compressed_ = false;             // all of it
  std::size_t& under_way_;
  bool counted_ = true;
  bool expired_ = false;
  Error error_;
};

}  // namespace seine::proxy
