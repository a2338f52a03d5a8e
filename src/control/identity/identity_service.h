// SPDX-License-Identifier: Apache-2.0
// io.linkerd.proxy.identity.Identity.
#pragma once

#include "control/call_environment.h"
#include "control/identity/certifier.h"
#include "grpc/server.h"
#include "io/linkerd/proxy/identity.pb.h"

namespace seine::control {

// One loop. All outlives it.
class IdentityService {
 public:
  IdentityService(const CallEnvironment& env, Certifier& certifier, const Log& log)
      : env_(env), certifier_(certifier), log_(log) {}
  void serve(grpc::Methods& methods);

 private:
  using Request = io::linkerd::proxy::identity::CertifyRequest;
  using Response = io::linkerd::proxy::identity::CertifyResponse;

  runtime::Task<grpc::Status> certify(const grpc::Context& call, const Request& request,
                                      Response& response);

  const CallEnvironment env_;
  Certifier& certifier_;
  const Log& log_;
};

}  // namespace seine::control
