// SPDX-License-Identifier: Apache-2.0
// The filters of a route or a backend, on either side of the proxy.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "http/message.h"
#include "model/filter.h"
#include "model/request_match.h"
#include "proxy/balance/p2c.h"
#include "proxy/request_record.h"

namespace seine::proxy {

// What a filter has us answer.
struct FilterAnswer {
  http::Response response;
  // Set of a failure that is injected; a redirect is none.
  std::optional<Error> failure;
};

// The answer as it goes to the client, counted in the request's record. `tells`: with the reason of
// a failure.
http::Response finish(FilterAnswer answer, RequestRecord& record, bool tells);

// Applies them in their order to a request that took its rule by `path` (null: by none), until one
// of them answers it. Fields that frame a message stay as they are; the host is changed wherever
// the request's version has it.
std::optional<FilterAnswer> filter_request(std::span<const model::Filter> filters,
                                           const model::PathMatch* path, http::RequestHead& head,
                                           FastRandom& random);
void filter_response(std::span<const model::Filter> filters, http::ResponseHead& head);

// Where a redirect leads; nothing where that is what was asked for, or a prefix is to be replaced
// that the rule does not match by.
std::optional<std::string> redirect_location(const model::Redirect& redirect,
                                             const model::PathMatch* path,
                                             const http::RequestHead& head);

}  // namespace seine::proxy
