// SPDX-License-Identifier: Apache-2.0
// The telemetry rows of one outbound connection's requests: by route and by the endpoint that
// answered. What goes to no service of the mesh is counted by its authority.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/net.h"
#include "http/message.h"
#include "model/metadata.h"
#include "proxy/outbound/endpoint.h"
#include "proxy/worker_context.h"
#include "telemetry/recorder.h"

namespace seine::proxy {

// What telemetry says of an endpoint.
telemetry::Peer endpoint_peer(const WorkerContext& context, const model::Endpoint& endpoint);

bool names_service(const model::Metadata& parent);
// What a policy's parent stands for. `authority` counts where that is no service; empty: the
// address.
telemetry::Target outbound_target(const model::Metadata& parent, const SocketAddr& addr,
                                  std::string_view authority);

class OutboundRows {
 public:
  // The context outlives it.
  OutboundRows(const WorkerContext& context, SocketAddr addr) : context_(context), addr_(addr) {}

  struct Where {
    const model::Metadata* parent;                       // null: unknown
    const model::Metadata* route;                        // null: none
    const std::shared_ptr<const telemetry::Peer>& peer;  // null: no endpoint was found
    std::string_view authority;                          // empty where the parent is a service
  };
  // CHECK that there is a recorder.
  std::shared_ptr<telemetry::HttpRows> find(const Where& where);
  // Without remembering it: for metadata of a policy that is not in force any more.
  std::shared_ptr<telemetry::HttpRows> make(const Where& where) const;
  // The policy that metadata belongs to was replaced.
  void forget() { known_.clear(); }

 private:
  struct Known {
    const model::Metadata* route;
    std::shared_ptr<const telemetry::Peer> peer;
    std::string authority;
    std::shared_ptr<telemetry::HttpRows> rows;
  };

  const WorkerContext& context_;
  const SocketAddr addr_;
  std::vector<Known> known_;
};

}  // namespace seine::proxy
