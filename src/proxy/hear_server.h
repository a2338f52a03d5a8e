// SPDX-License-Identifier: Apache-2.0
// Clients of some servers (MySQL, SMTP) wait to be greeted, and detection waits for clients. Beside
// a detection, this opens the connection to the server and listens whether it speaks first.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "http/http1_pool.h"
#include "proxy/detect_stream.h"
#include "proxy/first_speakers.h"

namespace seine::proxy {

// Whether a server of HTTP or TLS says this to clients that keep silent: an answer (408), the
// SETTINGS of HTTP/2, an alert. It tells nothing of who speaks first. `bytes`: its first.
bool is_said_to_the_silent(std::string_view bytes);

// Connections of one side of a worker to servers that are not known to speak first. Silent clients
// cost no more than these, whoever they are; beyond them the client alone is listened to.
class Guesses {
 public:
  static constexpr std::size_t kMost = 64;

  class Place {
   public:
    explicit Place(std::size_t& open) : open_(open) { ++open_; }
    ~Place() { --open_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::size_t& open_;
  };
  // Puts a place there, unless all are taken.
  bool enter(std::optional<Place>& place) {
    if (open_ < kMost) place.emplace(open_);
    return place.has_value();
  }

 private:
  std::size_t open_ = 0;
};

// What is listened to, and for how long.
class Listening {
 public:
  // `speakers` null: the client alone is listened to. It outlives this.
  Listening(FirstSpeakers* speakers, const SocketAddr& addr, Duration detect_timeout, TimePoint now)
      : speakers_(speakers),
        addr_(addr),
        detect_timeout_(detect_timeout),
        habit_(speakers == nullptr ? FirstSpeakers::Habit::kClient : speakers->of(addr, now)) {}

  // Where clients are known to speak first, their silence is not worth a connection.
  bool to_server() const { return habit_ != FirstSpeakers::Habit::kClient; }
  // Whether the server is known to speak first: what it does instead is the client's to see.
  bool expects_server() const { return habit_ == FirstSpeakers::Habit::kServer; }
  Duration detect_timeout() const { return detect_timeout_; }
  // A tenth of the detection's time.
  Duration patience() const { return detect_timeout_ / 10; }

  // The server has spoken first, to a client that had not. Whether that is news.
  bool note_server(TimePoint now) const;
  // The detection has ended before, by what the client has said or by its timeout.
  void note_client(std::string_view said, TimePoint now) const;

 private:
  FirstSpeakers* const speakers_;
  const SocketAddr addr_;
  const Duration detect_timeout_;
  const FirstSpeakers::Habit habit_;
};

// After `patience` opens a connection and waits for its first bytes, as long as `client` has none.
// The stream gives those bytes again to whoever reads it. What tells nothing is waited on without
// end: run it in a race with the detection, whose timeout ends both. If `expected`, an end and a
// failure of the connection end the waiting, too; else the connection is one of `guesses`.
// References outlive the task.
runtime::Task<Result<std::unique_ptr<runtime::Stream>>> hear_server(
    runtime::EventLoop& loop, Duration patience, bool expected, http::Connector& connector,
    const ReadAhead& client, Guesses& guesses);

struct FirstWord {
  HttpDetection detection;
  // Of a server that has spoken before the client, whose bytes are raw then; or why one that was
  // expected to could not.
  std::optional<Result<std::unique_ptr<runtime::Stream>>> server = std::nullopt;
};

// Detects what the client speaks, and hears `server` beside it where `listening` says so. What the
// client has shown is noted; what the server has is the caller's to note. `server` may be null
// where the client alone is listened to. Errors: those of detect_http(). References outlive the
// task.
runtime::Task<Result<FirstWord>> hear_first(runtime::EventLoop& loop, runtime::Stream& client,
                                            ReadAhead& ahead, const Listening& listening,
                                            http::Connector* server, Guesses& guesses);

}  // namespace seine::proxy
