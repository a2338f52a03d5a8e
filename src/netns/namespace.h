// SPDX-License-Identifier: Apache-2.0
// A network namespace held by a descriptor: no name, no bind mount, so nothing is left when the
// last process that holds it dies. A namespace is entered only by threads made for that and never
// left: the thread ends instead, so no thread can come back to the wrong network.
//
//   Result<NetworkNamespace> hub = NetworkNamespace::create();
//   Result<Descriptor> dns = hub->udp_socket({hub_ip, 53});   // usable from any thread
//
// Any thread. Making and entering take CAP_SYS_ADMIN, in the user namespace that owns it too.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/descriptor.h"
#include "base/net.h"
#include "base/result.h"

namespace seine::netns {

class NetworkNamespace {
 public:
  // A new one with nothing in it but loopback, which is up.
  static Result<NetworkNamespace> create();
  // The one of the calling thread.
  static Result<NetworkNamespace> current();
  static Result<NetworkNamespace> of_process(pid_t pid);
  // What another process passed. Error kInvalidArgument if it is no network namespace.
  static Result<NetworkNamespace> adopt(Descriptor fd);

  int fd() const { return fd_.get(); }
  // A second owner of the same namespace.
  Result<NetworkNamespace> share() const;
  bool same_as(const NetworkNamespace& other) const;

  // Runs `work` on a thread inside and waits for it: `work` returns a Result of some kind. It may
  // block; it may not touch what belongs to a loop. The thread is gone when this returns.
  template <class Work>
  std::invoke_result_t<Work&> run(Work work) const {
    std::optional<std::invoke_result_t<Work&>> result;
    if (Result<void> ran = run_thread([&] { result.emplace(work()); }); !ran) {
      return std::unexpected(std::move(ran.error()));
    }
    return std::move(*result);
  }

  // Sockets made inside, non-blocking and close-on-exec; they stay inside wherever they are used.
  // Errors, with the address: kUnavailable if it is taken, kInvalidConfig if it is not one of this
  // namespace or needs a privilege.
  Result<Descriptor> tcp_listener(const SocketAddr& at, int backlog = 1024) const;
  Result<Descriptor> udp_socket(const SocketAddr& at) const;

 private:
  explicit NetworkNamespace(Descriptor fd) : fd_(std::move(fd)) {}
  Result<void> run_thread(std::move_only_function<void()> work) const;

  Descriptor fd_;
};

}  // namespace seine::netns
