// SPDX-License-Identifier: Apache-2.0
// One gRPC service, behind functions that make it: who wires the process reads no message.
#pragma once

#include "grpc/server.h"

namespace seine::control {

class RpcService {
 public:
  RpcService() = default;
  RpcService(const RpcService&) = delete;
  RpcService& operator=(const RpcService&) = delete;
  virtual ~RpcService() = default;
  // Adds its methods, which live no longer than the service.
  virtual void serve(grpc::Methods& methods) = 0;
};

}  // namespace seine::control
