// SPDX-License-Identifier: Apache-2.0
#include "proxy/inbound/inbound_rows.h"

#include <utility>

#include "base/check.h"
#include "proxy/request_record.h"

namespace seine::proxy {

namespace {

// On one connection; beyond it rows are looked up anew.
constexpr std::size_t kMaxKnown = 64;

}  // namespace

telemetry::Peer client_peer(const ClientFacts& facts) {
  telemetry::Peer peer{.identity = facts.tls.peer_id,
                       .no_tls_reason = std::string(facts.tls.no_tls_reason)};
  if (facts.identity) {
    if (const auto name = model::ServiceAccountName::parse(*facts.identity)) peer.ns = name->ns;
  }
  return peer;
}

void InboundRows::read_service(std::string_view authority) {
  authority_ = authority;
  service_.clear();
  ns_.clear();
  if (!facts_.identity) return;
  const auto first = authority.find('.');
  if (first == std::string_view::npos) return;
  const auto second = authority.find('.', first + 1);
  if (second == std::string_view::npos || !authority.substr(second).starts_with(".svc.")) return;
  service_ = authority.substr(0, first);
  ns_ = authority.substr(first + 1, second - first - 1);
}

std::shared_ptr<telemetry::HttpRows> InboundRows::find(const model::Metadata* route,
                                                       const http::RequestHead& head) {
  SEINE_CHECK(context_.recorder != nullptr, "rows without a recorder");
  if (const std::string_view authority = head.effective_authority(); authority != authority_) {
    read_service(authority);
  }
  for (const Known& known : known_) {
    if (known.route == route && known.service == service_ && known.ns == ns_) return known.rows;
  }
  const telemetry::RowKey key{
      .direction = telemetry::Direction::kInbound,
      .target = {.service = service_, .ns = ns_, .port = facts_.target.port, .authority = {}},
      .route = route_name(route),
      .peer = client_peer(facts_)};
  auto rows = std::make_shared<telemetry::HttpRows>(*context_.recorder, key);
  if (known_.size() < kMaxKnown) known_.push_back({route, service_, ns_, rows});
  return rows;
}

}  // namespace seine::proxy
