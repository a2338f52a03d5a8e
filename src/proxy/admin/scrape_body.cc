// SPDX-License-Identifier: Apache-2.0
#include "proxy/admin/scrape_body.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace seine::proxy {

using http::BodyPoll;
using runtime::Bytes;

struct ScrapeBody::Deflater {
  // Speed over size: even the fastest level makes a tenth of such text.
  Deflater() {
    constexpr int kGzipWindow = 15 + 16;  // the largest window, in gzip's wrapping
    const int rc =
        deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
    SEINE_CHECK(rc == Z_OK, "zlib refuses its parameters, or there is no memory");
  }
  ~Deflater() { deflateEnd(&stream); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Compresses from the front of `input`, which loses what was used, until there is a piece of
  // output or no input; `last`: no more input will come. Returns whether all has been said.
  bool run(std::string_view& input, bool last, runtime::Block& out, std::uint32_t& size) {
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(input.data()));
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data()) + size;
    stream.avail_out = out.capacity - size;
    const int rc = deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
    SEINE_CHECK(rc == Z_OK || rc == Z_STREAM_END, "zlib makes no progress");
    input.remove_prefix(input.size() - stream.avail_in);
    size = out.capacity - stream.avail_out;
    return rc == Z_STREAM_END;
  }

  z_stream stream{};
};

ScrapeBody::ScrapeBody(runtime::EventLoop& loop, std::string page, Coding coding,
                       std::size_t& under_way)
    : loop_(loop),
      page_(std::move(page)),
      deflater_(coding == Coding::kGzip ? std::make_unique<Deflater>() : nullptr),
      under_way_(under_way) {
  ++under_way_;
  loop_.add_timer(*this, kScrapeDeadline);
}

ScrapeBody::~ScrapeBody() {
  release();
}

void ScrapeBody::release() {
  page_ = std::string();
  deflater_.reset();
  if (std::exchange(counted_, false)) --under_way_;
}

void ScrapeBody::on_timer() {
  // Nobody waits on this body, only for the client to read: it notices at its next poll.
  expired_ = true;
  error_ = make_error(ErrorCode::kTimeout,
                      "a scrape was not read within " + format_duration(kScrapeDeadline));
  release();
}

std::optional<std::uint64_t> ScrapeBody::length() const {
  if (deflater_) return std::nullopt;
  return page_.size();
}

BodyPoll ScrapeBody::poll(runtime::Wakeable&, Bytes& data) {
  if (expired_) return BodyPoll::kError;
  if (!deflater_) {
    if (next_ == page_.size()) return BodyPoll::kEnd;
    data = Bytes::copy_of(std::string_view(page_).substr(next_, kScrapePiece));
    next_ += data.size();
    return BodyPoll::kData;
  }
  if (compressed_) return BodyPoll::kEnd;
  runtime::Block* block = loop_.pool().take();
  std::uint32_t size = 0;
  // Text that shrinks a lot is fed until a piece has come out of it.
  while (!compressed_ && size < block->capacity) {
    std::string_view input = std::string_view(page_).substr(next_, kScrapePiece);
    const std::size_t fed = input.size();
    compressed_ = deflater_->run(input, next_ + fed == page_.size(), *block, size);
    next_ += fed - input.size();
  }
  data = Bytes(block, 0, size);
  return BodyPoll::kData;
}

}  // namespace seine::proxy
