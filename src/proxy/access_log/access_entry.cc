// SPDX-License-Identifier: Apache-2.0
#include "proxy/access_log/access_entry.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "proxy/access_log/access_line.h"
#include "proxy/access_log/access_log.h"

namespace seine::proxy {

namespace {

// No more of a value is kept than can be written.
std::string kept(std::string_view value, std::size_t most = kMaxAccessValue) {
  return std::string(value.substr(0, most + 1));
}

// As Linkerd's has it: of HTTP/2 and of the absolute form with scheme and authority.
std::string uri_of(const http::RequestHead& head) {
  if (head.authority.empty()) return kept(head.path, kMaxAccessUri);
  std::string uri;
  const auto add = [&](std::string_view part) {
    uri += part.substr(0, kMaxAccessUri + 1 - uri.size());
  };
  if (!head.scheme.empty()) {
    add(head.scheme);
    add("://");
  }
  add(head.authority);
  add(head.path);
  return uri;
}

std::string_view trace_id_of(const http::Headers& headers) {
  // Linkerd's order, then W3C's: 00-TRACE-SPAN-FLAGS.
  for (const std::string_view name : {"x-b3-traceid", "x-request-id", "x-amzn-trace-id"}) {
    if (const auto value = headers.get(name)) return *value;
  }
  const auto parent = headers.get("traceparent");
  return parent && parent->size() >= 35 ? parent->substr(3, 32) : std::string_view();
}

class AccessEntry final : public ExchangeTeller {
 public:
  AccessEntry(const WorkerContext& context, const ClientFacts& client,
              const http::RequestHead& head)
      : log_(*context.access_log),
        random_(context.random),
        began_(log_.clock().wall_now()),
        client_(client.client),
        target_(client.target),
        client_id_(client.identity ? client.identity->text() : std::string()),
        method_(kept(head.method)),
        uri_(uri_of(head)),
        version_(http::version_name(head.version)) {
    const auto of = [&](std::string_view name) {
      return kept(head.headers.get(name).value_or(std::string_view()));
    };
    host_ = kept(head.headers.get("host").value_or(head.effective_authority()));
    request_bytes_ = of("content-length");
    user_agent_ = of("user-agent");
    trace_id_ = kept(trace_id_of(head.headers));
    headers_.reserve(log_.config().headers.size());
    for (const std::string& name : log_.config().headers) headers_.push_back(of(name));
  }

  void tell(const ExchangeEnd& end) override {
    const double sample = log_.config().sample;
    if (!end.is_failure() && sample < 1 && random_.ratio() >= sample) return;
    log_.post(access_line(log_.config(), {.timestamp = began_,
                                          .client_addr = client_.to_string(),
                                          .client_id = client_id_,
                                          .target_addr = target_.to_string(),
                                          .host = host_,
                                          .method = method_,
                                          .uri = uri_,
                                          .version = version_,
                                          .request_bytes = request_bytes_,
                                          .trace_id = trace_id_,
                                          .user_agent = user_agent_,
                                          .headers = headers_,
                                          .end = end}));
  }

 private:
  AccessLog& log_;
  FastRandom& random_;
  const WallTime began_;
  const SocketAddr client_;
  const SocketAddr target_;
  const std::string client_id_;
  const std::string method_;
  const std::string uri_;
  const std::string_view version_;
  std::string host_;
  std::string request_bytes_;
  std::string user_agent_;
  std::string trace_id_;
  std::vector<std::string> headers_;
};

}  // namespace

ExchangeWatch watch_for_access_log(const WorkerContext& context, const ClientFacts& client,
                                   const http::RequestHead& head) {
  if (context.access_log == nullptr) return {};
  return {context.loop, std::make_unique<AccessEntry>(context, client, head)};
}

}  // namespace seine::proxy
