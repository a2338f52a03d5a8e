// SPDX-License-Identifier: Apache-2.0
#include "proxy/hear_server.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/combine.h"
#include "runtime/socket.h"
#include "runtime/wrapped_stream.h"

namespace seine::proxy {

using runtime::Bytes;
using runtime::IoResult;
using runtime::Stream;
using runtime::Task;

namespace {

// A stream whose first bytes have been read already.
class HeardStream final : public runtime::WrappedStream {
 public:
  HeardStream(std::unique_ptr<Stream> inner, Bytes heard)
      : WrappedStream(*inner), inner_(std::move(inner)), heard_(std::move(heard)) {}

  IoResult try_read(std::span<std::byte> into) override {
    if (heard_.empty()) return WrappedStream::try_read(into);
    const std::size_t size = std::min(into.size(), heard_.size());
    std::memcpy(into.data(), heard_.data(), size);
    heard_.remove_prefix(size);
    if (heard_.empty()) heard_ = Bytes();
    return IoResult::ok(size);
  }
  void arm_read(runtime::Wakeable& who) override {
    if (heard_.empty()) {
      WrappedStream::arm_read(who);
    } else {
      who.on_wake();
    }
  }

 private:
  const std::unique_ptr<Stream> inner_;
  Bytes heard_;
};

Task<void> for_ever(runtime::EventLoop& loop) {
  runtime::Waker waker(loop);
  for (;;) co_await waker.wait();
}

// What the server says or does next; `heard` stays empty at its end.
Task<Result<Bytes>> first_words(runtime::EventLoop& loop, Stream& server) {
  runtime::Waker waker(loop);
  for (;;) {
    Bytes heard;
    const IoResult read = runtime::read_block(server, loop.pool(), heard);
    switch (read.status) {
      case IoResult::Status::kOk: co_return heard;
      case IoResult::Status::kWouldBlock: co_await runtime::read_ready(server, waker); break;
      case IoResult::Status::kEof: co_return Bytes();
      case IoResult::Status::kError: co_return fail(server.error().from(ErrorOrigin::kUpstream));
    }
  }
}

}  // namespace

bool is_said_to_the_silent(std::string_view bytes) {
  constexpr std::string_view kHttp = "HTTP/";
  constexpr std::string_view kTlsAlert("\x15\x03", 2);
  const std::size_t known = std::min(bytes.size(), kHttp.size());
  if (known > 0 && bytes.substr(0, known) == kHttp.substr(0, known)) return true;
  if (bytes.starts_with(kTlsAlert)) return true;
  // A frame's head: 24 bits of length, a type, flags, 32 bits of stream. SETTINGS is type 4, on
  // stream 0, in steps of 6 bytes; it is no acknowledgement.
  constexpr std::size_t kFrameHead = 9;
  constexpr std::string_view kSettings("\x04\x00\x00\x00\x00\x00", 6);
  if (bytes.size() < kFrameHead || bytes[0] != '\0') return false;
  const auto length = static_cast<unsigned>(static_cast<unsigned char>(bytes[1])) << 8 |
                      static_cast<unsigned char>(bytes[2]);
  return length % 6 == 0 && bytes.substr(3, 6) == kSettings;
}

bool Listening::note_server(TimePoint now) const {
  return speakers_->note(addr_, FirstSpeakers::Habit::kServer, now);
}

void Listening::note_client(std::string_view said, TimePoint now) const {
  if (speakers_ == nullptr) return;
  using Habit = FirstSpeakers::Habit;
  const Habit known = speakers_->of(addr_, now);
  if (said.empty()) {
    // A client that was silent where others are not may wait for a server, so the next is not left
    // to do so. A server that is late is one that speaks first all the same.
    if (known == Habit::kClient) speakers_->note(addr_, Habit::kUnknown, now);
    return;
  }
  // One that speaks to a server of greetings may be anybody: it makes others doubt, not sure.
  speakers_->note(addr_, known == Habit::kServer ? Habit::kUnknown : Habit::kClient, now);
}

Task<Result<std::unique_ptr<Stream>>> hear_server(runtime::EventLoop& loop, Duration patience,
                                                  bool expected, http::Connector& connector,
                                                  const ReadAhead& client, Guesses& guesses) {
  co_await runtime::sleep_for(loop, patience);
  if (!client.view().empty()) co_await for_ever(loop);
  std::optional<Guesses::Place> place;
  if (!expected && !guesses.enter(place)) co_await for_ever(loop);
  Result<std::unique_ptr<Stream>> server = co_await connector.connect();
  if (!server) {
    if (!expected) co_await for_ever(loop);
    co_return server;
  }
  Result<Bytes> heard = co_await first_words(loop, **server);
  const bool ended = !heard || heard->empty();
  const bool tells = ended ? expected : !is_said_to_the_silent(heard->view());
  if (!tells || !client.view().empty()) {
    server->reset();
    heard = Bytes();
    place.reset();
    co_await for_ever(loop);
  }
  if (!heard) co_return fail(std::move(heard.error()));
  co_return std::make_unique<HeardStream>(std::move(*server), std::move(*heard));
}

Task<Result<FirstWord>> hear_first(runtime::EventLoop& loop, Stream& client, ReadAhead& ahead,
                                   const Listening& listening, http::Connector* server,
                                   Guesses& guesses) {
  auto detecting = detect_http(loop, client, ahead, listening.detect_timeout());
  std::optional<Result<HttpDetection>> detection;
  if (listening.to_server()) {
    const bool expected = listening.expects_server();
    auto first = co_await runtime::race(
        std::move(detecting), hear_server(loop, expected ? Duration::zero() : listening.patience(),
                                          expected, *server, ahead, guesses));
    if (first.index() == 1) {
      co_return FirstWord{{Detected::kNotHttp, "server_first"}, std::get<1>(std::move(first))};
    }
    detection = std::get<0>(std::move(first));
  } else {
    detection = co_await std::move(detecting);
  }
  // Who leaves without a word (a probe) tells nothing.
  if (!*detection) co_return fail(std::move(detection->error()));
  listening.note_client(ahead.view(), loop.now());
  co_return FirstWord{**detection};
}

}  // namespace seine::proxy
