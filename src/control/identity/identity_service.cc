// SPDX-License-Identifier: Apache-2.0
#include "control/identity/identity_service.h"

#include <utility>

#include "io/linkerd/proxy/identity.pb.h"

namespace seine::control {
namespace {

// One loop. All outlives it.
class IdentityService final : public RpcService {
 public:
  IdentityService(const CallEnvironment& env, Certifier& certifier, const Log& log)
      : env_(env), certifier_(certifier), log_(log) {}
  void serve(grpc::Methods& methods) override;

 private:
  using Request = io::linkerd::proxy::identity::CertifyRequest;
  using Response = io::linkerd::proxy::identity::CertifyResponse;

  runtime::Task<grpc::Status> certify(const grpc::Context& call, const Request& request,
                                      Response& response);

  const CallEnvironment env_;
  Certifier& certifier_;
  const Log& log_;
};

void IdentityService::serve(grpc::Methods& methods) {
  methods.unary("/io.linkerd.proxy.identity.Identity/Certify", *this, &IdentityService::certify);
}

runtime::Task<grpc::Status> IdentityService::certify(const grpc::Context& call,
                                                     const Request& request, Response& response) {
  CountedCall counted(env_.metrics, "Certify");
  const auto limited = limit_rate(env_, call);
  if (!limited) co_return counted.end(grpc::to_status(limited.error()));
  auto certified = co_await certifier_.certify({.identity = request.identity(),
                                                .token = request.token(),
                                                .csr = request.certificate_signing_request(),
                                                .from = call.peer_ip});
  if (!certified) {
    log_warn(log_, "refused to certify",
             {{"identity", request.identity().substr(0, crypto::kMaxDnsName)},
              {"peer", call.peer_ip.to_string()},
              {"reason", certified.error().message}});
    co_return counted.end(grpc::to_status(certified.error()));
  }
  log_info(log_, "certified",
           {{"identity", request.identity()},
            {"peer", call.peer_ip.to_string()},
            {"until", format_rfc3339(certified->valid_until)}});
  response.set_leaf_certificate(std::move(certified->leaf));
  for (crypto::Der& intermediate : certified->intermediates) {
    response.add_intermediate_certificates(std::move(intermediate));
  }
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(certified->valid_until.time_since_epoch());
  response.mutable_valid_until()->set_seconds(seconds.count());
  co_return counted.end({});
}

}  // namespace

std::unique_ptr<RpcService> make_identity_service(const CallEnvironment& env, Certifier& certifier,
                                                  const Log& log) {
  return std::make_unique<IdentityService>(env, certifier, log);
}

}  // namespace seine::control
