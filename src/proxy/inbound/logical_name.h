// SPDX-License-Identifier: Apache-2.0
// The service that a request was meant for, as the client named it: for labels and profiles, never
// for where the request goes.
#pragma once

#include <optional>
#include <string>

#include "http/message.h"
#include "model/authority.h"

namespace seine::proxy {

// l5d-dst-canonical, which Linkerd's proxy sets on the client's side; else the authority, else
// Host. With a port, 80 where none is named. Nothing where none of these is a name: addresses are
// none.
std::optional<model::Authority> logical_name(const http::RequestHead& head);

// The label `authority`: without the port if that is 80.
std::string authority_label(const model::Authority& name);

}  // namespace seine::proxy
