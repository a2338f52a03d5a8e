// SPDX-License-Identifier: Apache-2.0
// The outbound side: what the application opens, redirected here. Life of a connection: original
// destination, discovery, protocol, then HTTP requests one by one or raw bytes.
#pragma once

#include <memory>
#include <optional>

#include "proxy/detect_stream.h"
#include "proxy/hear_server.h"
#include "proxy/outbound/backends.h"
#include "proxy/outbound/named_http.h"
#include "proxy/outbound/override_targets.h"
#include "proxy/outbound/targets.h"
#include "proxy/worker_context.h"
#include "runtime/socket.h"
#include "runtime/task.h"
#include "telemetry/recorder.h"

namespace seine::proxy {

class Outbound {
 public:
  Outbound(WorkerContext& context, OutboundTargets& targets, Destinations& destinations)
      : context_(context),
        targets_(targets),
        overrides_(context, targets),
        backends_(context, destinations) {}

  // One connection from accept to close. An error is what ended it; it has been counted.
  runtime::Task<Result<void>> serve(std::unique_ptr<runtime::Socket> socket);

  // For the gateway, whose clients name a service: its requests, as NamedHttp::find().
  Result<std::shared_ptr<NamedHttp>> named_http(const model::Authority& service,
                                                const SocketAddr& at, const SocketAddr& client) {
    return NamedHttp::find(context_, overrides_, backends_, service, at, client);
  }
  // The same for raw bytes, up to their end. `client` outlives the task. Error kGatewayDomain where
  // the control plane knows no such service.
  runtime::Task<Result<void>> forward_named(model::Authority service, SocketAddr at,
                                            runtime::Stream& client, ReadAhead ahead);

 private:
  // These are not inlined, else the compiler keeps the frames of all of them within that of
  // serve(), which an idle connection holds all its life.
  [[gnu::noinline]] runtime::Task<Result<void>> serve_to(std::unique_ptr<runtime::Socket> socket,
                                                         SocketAddr orig_dst);
  // A client whose bytes are forwarded as they are. References outlive the task.
  struct Opaque {
    runtime::Stream& client;
    const SocketAddr addr;
    const model::Metadata& parent;
  };
  // The first bytes tell what it is. References outlive the task.
  [[gnu::noinline]] runtime::Task<Result<void>> serve_detected(Opaque raw,
                                                               const model::ClientPolicy& policy,
                                                               OutboundTargets::Lease& lease,
                                                               SocketAddr peer);
  // In ingress mode a request may go elsewhere than to `orig_dst`, which `lease` is of: it is
  // looked for in any case, and what is known of the address is waited for by what goes there.
  [[gnu::noinline]] runtime::Task<Result<void>> serve_ingress(runtime::Stream& client,
                                                              SocketAddr orig_dst,
                                                              OutboundTargets::Lease& lease,
                                                              SocketAddr peer);
  // What is not HTTP: as TLS where `policy` is of that, else by its opaque route.
  [[gnu::noinline]] runtime::Task<Result<void>> serve_raw(Opaque connection, ReadAhead ahead,
                                                          const model::ClientPolicy& policy);
  [[gnu::noinline]] runtime::Task<Result<void>> serve_tls(Opaque connection, ReadAhead ahead,
                                                          const model::ClientTls& policy);
  [[gnu::noinline]] runtime::Task<Result<void>> forward(Opaque connection,
                                                        runtime::Bytes already_read,
                                                        const model::TcpRulePolicy& policy);
  // A connection to a backend of a rule, drawn when it is asked for.
  struct RawBackend final : http::Connector {
    RawBackend(Outbound& of, const model::TcpRulePolicy& by) : outbound(of), policy(by) {}
    runtime::Task<Result<std::unique_ptr<runtime::Stream>>> connect() override;

    Outbound& outbound;
    const model::TcpRulePolicy& policy;
    Tried tried;
    std::shared_ptr<Balancer> balancer;  // after connect(); null: the policy lets nothing through
  };
  // To who was reached, if anybody was.
  [[gnu::noinline]] runtime::Task<Result<void>> forward_to(
      Opaque connection, runtime::Bytes already_read,
      Result<std::unique_ptr<runtime::Stream>> server, const Tried& tried);
  // `backend` null: raw bytes go nowhere. References outlive the task.
  [[gnu::noinline]] runtime::Task<Result<FirstWord>> detect_or_hear(runtime::Stream& client,
                                                                    SocketAddr orig_dst,
                                                                    ReadAhead& ahead,
                                                                    Duration timeout,
                                                                    RawBackend* backend);
  Result<SocketAddr> destination_of(const runtime::Socket& socket) const;
  void count_protocol(std::string_view protocol);
  void count_http(Detected protocol);

  WorkerContext& context_;
  OutboundTargets& targets_;
  OverrideTargets overrides_;
  Backends backends_;
  Guesses guesses_;
};

}  // namespace seine::proxy
