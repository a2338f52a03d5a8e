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

// The same of one connection's requests, most of which name the same service by the same words:
// then nothing is parsed anew.
class LastLogicalName {
 public:
  // Lives until the next call.
  const std::optional<model::Authority>& of(const http::RequestHead& head);

 private:
  std::string canonical_;
  std::string authority_;
  std::string host_;
  std::optional<model::Authority> name_;
};

// The label `authority`: without the port if that is 80.
std::string authority_label(const model::Authority& name);

}  // namespace seine::proxy
