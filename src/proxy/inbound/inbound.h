// SPDX-License-Identifier: Apache-2.0
// The inbound side: what comes in for the application, redirected here. Life of a connection:
// original destination, policy of its port, TLS, protocol, then requests one by one or raw bytes.
// What peers send for a service of this cluster goes out again, by the gateway.
#pragma once

#include <memory>
#include <optional>

#include "model/authority.h"
#include "proxy/detect_stream.h"
#include "proxy/hear_server.h"
#include "proxy/inbound/application.h"
#include "proxy/inbound/client_facts.h"
#include "proxy/inbound/policies.h"
#include "proxy/inbound/service_profiles.h"
#include "proxy/transport_header.h"
#include "proxy/worker_context.h"
#include "runtime/socket.h"
#include "runtime/task.h"

namespace seine::telemetry {
class TcpConnection;
}

namespace seine::proxy {

class Outbound;

class Inbound {
 public:
  Inbound(WorkerContext& context, ServerPolicies& policies, const DefaultPolicies& defaults,
          ProfileCache& profiles, Outbound& outbound)
      : context_(context),
        policies_(policies),
        defaults_(defaults),
        profiles_(context, profiles),
        outbound_(outbound),
        application_(context) {}

  // One connection from accept to close. An error is what ended it; it has been counted.
  runtime::Task<Result<void>> serve(std::unique_ptr<runtime::Socket> socket);

 private:
  // A connection on its way through detection.
  struct Connection {
    std::unique_ptr<runtime::Stream> stream;
    ReadAhead ahead;
    ClientFacts facts;
    std::string alpn;
    SessionProtocol session = SessionProtocol::kNone;
    bool direct = false;
    std::unique_ptr<runtime::Stream> server;  // the application's, which spoke before the client
    std::optional<model::Authority> service;  // for the gateway, with a port; nothing: it is for us
  };
  // `connection` is serve()'s; references outlive the tasks. They are not inlined, else the
  // compiler keeps the frames of all of them within that of serve(), which an idle connection holds
  // all its life: 16 KB.
  [[gnu::noinline]] runtime::Task<Result<void>> route(Connection& connection);
  [[gnu::noinline]] runtime::Task<Result<void>> serve_direct(Connection& connection);
  // Whom the header means.
  Result<void> take_header(Connection& connection, const TransportHeader& header);
  // Counts it, of whatever protocol, now that it is known whose it is.
  [[gnu::noinline]] runtime::Task<Result<void>> serve_counted(Connection& connection,
                                                              PortPolicy policy);
  [[gnu::noinline]] runtime::Task<Result<void>> serve_port(Connection& connection,
                                                           PortPolicy& policy);
  [[gnu::noinline]] runtime::Task<Result<void>> serve_application(Connection& connection,
                                                                  PortPolicy& policy,
                                                                  Detected protocol);
  // Terminates TLS that is meant for us; leaves anything else as it is.
  [[gnu::noinline]] runtime::Task<Result<void>> settle_tls(Connection& connection,
                                                           Duration timeout);
  // The same, of the hello that came.
  [[gnu::noinline]] runtime::Task<Result<void>> settle_hello(Connection& connection,
                                                             Result<crypto::ClientHello> hello,
                                                             Duration timeout);
  [[gnu::noinline]] runtime::Task<Result<void>> terminate(Connection& connection);
  // What is listened to beside the client of a port whose protocol is to be detected.
  Listening listening_of(const Connection& connection, const model::ServerPolicy& policy) const;
  // settle_tls(), unless the application speaks before the client: such a client is plain.
  [[gnu::noinline]] runtime::Task<Result<void>> settle_tls_or_hear(
      Connection& connection, const model::ServerPolicy& policy);
  [[gnu::noinline]] runtime::Task<Result<HttpDetection>> detect_or_hear(Connection& connection,
                                                                        Listening listening);
  void count_detection(const Connection& connection, const model::ServerPolicy& policy,
                       std::string_view result);
  void note_server(Connection& connection, const Listening& listening,
                   std::unique_ptr<runtime::Stream> server);
  // kHttp1, kHttp2 or kNotHttp, by policy and by the bytes.
  [[gnu::noinline]] runtime::Task<Result<Detected>> protocol_of(Connection& connection,
                                                                const model::ServerPolicy& policy);
  [[gnu::noinline]] runtime::Task<Result<void>> forward_opaque(Connection& connection,
                                                               PortPolicy& policy);
  // The gateway's.
  [[gnu::noinline]] runtime::Task<Result<void>> forward_to_service(Connection& connection,
                                                                   PortPolicy& policy);
  [[gnu::noinline]] runtime::Task<Result<void>> serve_gateway_http(Connection& connection,
                                                                   PortPolicy& policy,
                                                                   Detected protocol);
  // Ends raw bytes that policy no longer permits, and counts that.
  void terminate_unpermitted(Connection& connection);
  bool permits(const model::ServerPolicy& policy, const ClientFacts& facts);
  PortPolicy policy_of(std::uint16_t port) { return {policies_.lease(port), defaults_.of(port)}; }
  void meter(Connection& connection, const model::ServerPolicy& policy,
             telemetry::TcpConnection* row);

  WorkerContext& context_;
  ServerPolicies& policies_;
  const DefaultPolicies& defaults_;
  ServiceProfiles profiles_;
  Outbound& outbound_;
  Application application_;
  Guesses guesses_;
};

}  // namespace seine::proxy
