// SPDX-License-Identifier: Apache-2.0
// HTTP/1 carried over HTTP/2 between proxies. The sender turns the message into HTTP/2 and says in
// `l5d-orig-proto` what it was; the receiver restores it for the application and answers with the
// same header, which the sender takes off again. Applications never see it.
#pragma once

#include "http/message.h"

namespace seine::proxy {

inline constexpr std::string_view kOrigProto = "l5d-orig-proto";

// Whether the request may ride HTTP/2: not an upgrade and not CONNECT.
bool can_upgrade(const http::RequestHead& head);

// Outbound, before sending: an HTTP/1 head becomes an HTTP/2 one with kOrigProto. `destination` is
// the authority of a request that names none (HTTP/1.0 without Host).
void upgrade_request(http::RequestHead& head, std::string_view destination);
// Outbound, after the response's head came back for a request upgraded from `version`.
void downgrade_response(http::ResponseHead& head, http::Version version);

// Inbound, on a request from a peer proxy: restores what the header says and removes it. True if
// there was one.
bool downgrade_request(http::RequestHead& head);
// Inbound, on the application's response to such a request.
void upgrade_response(http::ResponseHead& head);

}  // namespace seine::proxy
