// SPDX-License-Identifier: Apache-2.0
// Who may speak to a server that a browser reaches, before anybody asks who is signed in: pages of
// other sites may not, neither by a name of their own that leads here (DNS rebinding) nor by
// sending the user's browser. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "web/reply.h"

namespace seine::web {

struct GuardOptions {
  // Names by which the server may be reached: "localhost", "[::1]", "dash.example:8443". Without a
  // port: any, since tunnels change it. Never empty.
  std::vector<std::string> hosts;
  bool is_secure = false;  // browsers reach it over TLS
};

// Why a request was refused: `reason` is the label of the metric.
struct Refusal {
  std::string_view reason;
  Reply reply;
};

class Guard {
 public:
  explicit Guard(GuardOptions options) : options_(std::move(options)) {}

  // - The host that is asked for is one of ours.
  // - What is neither GET nor HEAD comes with an `origin`, and that is this server as the request
  //   names it. Nobody's programs send one by accident, and browsers always do.
  std::optional<Refusal> check(const http::RequestHead& request) const;

  // Whether a browser says that a page of another site sent it here (`sec-fetch-site`).
  static bool is_cross_site(const http::RequestHead& request);

  // Headers of each answer: a strict content security policy, and what keeps others from showing,
  // sniffing or embedding it.
  void add_headers(http::Headers& headers) const;

 private:
  bool is_ours(std::string_view authority) const;
  GuardOptions options_;
};

}  // namespace seine::web
