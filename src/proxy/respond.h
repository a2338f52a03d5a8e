// SPDX-License-Identifier: Apache-2.0
// The one place that turns an Error into an answer (reference: proxy API 3.8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace seine::proxy {

struct ErrorAnswer {
  std::uint16_t status;  // HTTP
  int grpc_status;
  bool close;  // the client's connection should not be used again
};

// What `code` means to a client, wherever it arose.
ErrorAnswer answer_for(const Error& error);

struct RespondOptions {
  // Say l5d-proxy-error and l5d-proxy-connection: outbound unless switched off, inbound only to
  // meshed peers.
  bool informational_headers;
};

// A response for `request`'s version and kind: a gRPC request (content-type application/grpc...)
// gets 200 with grpc-status and grpc-message, anything else the status and an empty body.
http::Response respond(const Error& error, http::Version version, bool grpc,
                       const RespondOptions& options);

// For `grpc-message` and `l5d-proxy-error`: what is not printable ASCII as "%41", as gRPC has it,
// for a header's value allows no control characters.
std::string percent_encoded(std::string_view text);

bool is_grpc(const http::Headers& headers);
// What the field grpc-status of a head or of trailers says; nothing where it is no number.
std::optional<std::uint32_t> grpc_status_of(const http::Headers& fields);

}  // namespace seine::proxy
