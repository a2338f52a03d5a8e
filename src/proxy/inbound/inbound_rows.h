// SPDX-License-Identifier: Apache-2.0
// The telemetry rows of one inbound connection's requests: by route, and by the service that the
// client named. Only names of the form NAME.NAMESPACE.svc.* count as services, and only from
// clients with an identity: nobody else makes rows by inventing hosts.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "http/message.h"
#include "model/metadata.h"
#include "proxy/inbound/client_facts.h"
#include "proxy/worker_context.h"
#include "telemetry/recorder.h"

namespace seine::proxy {

// What telemetry says of the client: its identity, or why there is none.
telemetry::Peer client_peer(const ClientFacts& facts);

class InboundRows {
 public:
  // Both outlive it.
  InboundRows(const WorkerContext& context, const ClientFacts& facts)
      : context_(context), facts_(facts) {}

  // CHECKs that there is a recorder. `route` null: none was found.
  std::shared_ptr<telemetry::HttpRows> find(const model::Metadata* route,
                                            const http::RequestHead& head);
  // The policy that routes belong to was replaced.
  void forget() { known_.clear(); }

 private:
  struct Known {
    const model::Metadata* route;
    std::string service;
    std::string ns;
    std::shared_ptr<telemetry::HttpRows> rows;
  };
  void read_service(std::string_view authority);

  const WorkerContext& context_;
  const ClientFacts& facts_;
  // Of the last request; most connections name one.
  std::string authority_;
  std::string service_;
  std::string ns_;
  std::vector<Known> known_;
};

}  // namespace seine::proxy
