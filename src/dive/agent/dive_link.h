// SPDX-License-Identifier: Apache-2.0
// The agent's connection to Dive: made anew when it is lost, with credentials that are renewed at
// half of their life. A cluster that Dive does not know yet is joined by a one-time token.
//
// One loop. Everything it is given outlives it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"
#include "crypto/key.h"
#include "dive/agent/backoff.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "runtime/event_loop.h"
#include "runtime/list.h"
#include "runtime/stream.h"
#include "runtime/task.h"
#include "runtime/task_scope.h"

namespace seine::dive {

// How a connection is made: a seam for tests, and where a name is looked up.
class Dialer {
 public:
  virtual ~Dialer() = default;
  virtual runtime::Task<Result<std::unique_ptr<runtime::Stream>>> dial() = 0;
};

struct LinkOptions {
  std::string cluster;
  std::string authority;  // what :authority says
  std::string agent_version;
  // The one-time token, asked for each time it is needed; empty: there is none.
  std::function<std::string()> join_token;
  // Whether the cluster has been joined, and how to remember it.
  bool has_joined = false;
  std::function<void()> on_joined;
  // Dive does not know the cluster or its key any more: its database is another. Once, until it has
  // joined again.
  std::function<void()> on_lost = {};
};

class DiveLink {
 public:
  DiveLink(runtime::EventLoop& loop, const Log& log, Dialer& dialer, const crypto::PrivateKey& key,
           std::minstd_rand& random, LinkOptions options);

  // One connection with a token for it; whoever makes a call holds it meanwhile.
  struct Session {
    Session(runtime::EventLoop& loop, std::unique_ptr<runtime::Stream> stream,
            std::string authority);
    // Of a call that needs one.
    grpc::CallOptions call_options() const;

    http::Http2Client client;
    grpc::Channel channel;
    std::string token;
  };

  // Waits until there is one. Calls may fail all the same.
  runtime::Task<std::shared_ptr<Session>> session();
  // A call of it was UNAUTHENTICATED: it needs another token.
  void refuse(const Session& session);
  bool is_up() const {
    return session_ != nullptr && session_->client.usable() && !session_->token.empty();
  }
  std::uint64_t connections() const { return connections_; }

 private:
  struct Waiter : runtime::ListNode {
    runtime::WakeSlot slot;
  };

  runtime::Task<void> run();
  // Until the connection is lost.
  runtime::Task<Result<void>> live();
  runtime::Task<Result<std::shared_ptr<Session>>> connect();
  runtime::Task<Result<void>> join(Session& session, std::string token);
  // How long the token lives.
  runtime::Task<Result<Duration>> authenticate(Session& session);
  runtime::Task<void> wait_for_renewal(Session& session, Duration at_most);
  void tell_waiters();
  void note_denied();
  void note_end(const Result<void>& ended);

  runtime::EventLoop& loop_;
  const Log& log_;
  Dialer& dialer_;
  const crypto::PrivateKey& key_;
  const LinkOptions options_;
  bool has_joined_;
  bool is_away_ = false;  // which was said
  // Since when Dive has denied that it knows the key.
  std::optional<TimePoint> unknown_since_;
  bool is_unknown_ = false;  // which was said
  Backoff backoff_;
  std::shared_ptr<Session> session_;  // with a token
  runtime::Waker renewal_;
  runtime::List<Waiter> waiters_;
  std::uint64_t connections_ = 0;
  runtime::TaskScope scope_;
};

}  // namespace seine::dive
