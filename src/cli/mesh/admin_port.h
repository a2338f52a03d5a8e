// SPDX-License-Identifier: Apache-2.0
// Questions to the admin port of a pod's proxy. It listens on the pod's loopback, where the program
// may have taken the port of a proxy that died: what answers there is not to be trusted with time.
#pragma once

#include <string>

#include "base/net.h"
#include "base/result.h"
#include "base/time.h"
#include "netns/namespace.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::cli {

inline constexpr std::size_t kMaxAdminAnswer = 16 << 20;

// What `path` of the server at `at` in `inside` is, head and body, to the end of the connection.
// Errors kTimeout after `patience`, kLimit for a longer answer, and those of connecting.
runtime::Task<Result<std::string>> ask_admin_port(runtime::EventLoop& loop,
                                                  const netns::NetworkNamespace& inside,
                                                  SocketAddr at, std::string path,
                                                  Duration patience);

}  // namespace seine::cli
