// SPDX-License-Identifier: Apache-2.0
// Starting a program in a pod: the user's CMD, confined, or the pod's proxy.
//
//   we -- init (pid 1 of a pid namespace of its own) -- the program
//
// The init reaps, passes signals on and tells how the program ended. It lives as long as we hold
// its channel: however we end, kill -9 included, the kernel closes the channel, the init ends, and
// with it all processes of its pid namespace.
//
// One loop.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/net.h"
#include "base/result.h"
#include "netns/namespace.h"
#include "runtime/event_loop.h"
#include "runtime/task.h"

namespace seine::netns {

// Whom the program runs as, to the kernel and to itself.
struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // without root they stay what they are: the kernel lets nobody change
  bool operator==(const Identity&) const = default;
};
Identity current_identity();

inline constexpr std::size_t kMaxKept = 4;

// A mount namespace of the program's own: what it sees of the machine's files.
struct FileView {
  // Folders that look empty and read-only, by every path they can be reached on.
  std::vector<std::string> hidden;
  // Files and folders below the hidden ones that stay where they are, for programs of our own: a
  // socket, a folder of its data. At most kMaxKept.
  std::vector<std::string> kept = {};
  // Instead of the machine's /etc/resolv.conf.
  std::string resolv_conf;
};

struct Launch {
  std::vector<std::string> argv;         // argv[0] is looked up in the PATH of `environment`
  std::vector<std::string> environment;  // all of it, "NAME=value"
  // Entered as the program's user, or, without a view, with our rights: a proxy's folder may lie in
  // a state folder that is closed to it, and paths relative to it work all the same.
  std::string working_directory = "/";
  Identity identity;
  // A confined program has no capabilities and can gain none: neither by a set-uid file nor in a
  // user namespace of its own does it come by one over the pod. Without it (the proxy) the files
  // are seen as we see them, and the program, by its whole path, may lie where only we can look.
  std::optional<FileView> view;
  // With a view: a program of our own, which may lie where only we can look, all the same.
  bool is_ours = false;
  // Where there is one uid only: the program gets a user namespace of its own, below ours.
  bool own_user_namespace = false;
  // Bits of capabilities that the program keeps: CAP_NET_ADMIN for a proxy that sets a mark. It
  // then stays who we are, and `identity` has no effect.
  std::uint64_t kept_capabilities = 0;
  // The program's group becomes the foreground one of the terminal on `input`, if that is one, ours
  // is its foreground group now, and `output` is a terminal too.
  bool takes_terminal = false;
  int input = 0;
  int output = 1;
  int errors = 2;
};

struct Exit {
  // As a shell would say: the program's own code, 128 + n for signal n, 126 and 127 if it could not
  // be executed or found, 125 if we could not even try.
  int code = 0;
  // Why, for 125 to 127: a sentence. Empty if the program ran.
  std::string problem;
};

class LaunchedProcess final : private runtime::FdWatcher {
 public:
  // Ends the program and all it started, if they still run.
  ~LaunchedProcess();
  LaunchedProcess(const LaunchedProcess&) = delete;
  LaunchedProcess& operator=(const LaunchedProcess&) = delete;

  // Completes when the program has ended, or could not be started. Once.
  runtime::Task<Exit> wait();
  // Passes a signal on to the program's process group. Nothing happens if it has ended.
  void signal(int number);
  // The init's, in our pid namespace.
  pid_t init_pid() const { return init_; }

 private:
  friend Result<std::unique_ptr<LaunchedProcess>> launch(runtime::EventLoop& loop,
                                                         const NetworkNamespace& network,
                                                         const Launch& launch);
  LaunchedProcess(runtime::EventLoop& loop, std::string program, Descriptor channel, pid_t init,
                  int terminal)
      : loop_(loop),
        program_(std::move(program)),
        channel_(std::move(channel)),
        init_(init),
        terminal_(terminal) {}
  void on_events(std::uint32_t events) override;
  std::optional<Exit> take_news();
  void reap();
  void take_terminal_back() const;

  runtime::EventLoop& loop_;
  std::string program_;
  Descriptor channel_;
  pid_t init_;
  int terminal_;  // -1: none was given away
  runtime::WakeSlot slot_;
};

// Starts `launch` in `network`. Needs the privileges of may_make_namespaces(). What goes wrong
// after the first step is told by wait(). Errors kInvalidArgument (no argv, a hidden folder that
// cannot be found, a kept file that is not below one), kUnavailable.
Result<std::unique_ptr<LaunchedProcess>> launch(runtime::EventLoop& loop,
                                                const NetworkNamespace& network,
                                                const Launch& launch);

// The pod's /etc/resolv.conf: the hub's DNS server, and the search list of a Kubernetes pod.
std::string render_resolv_conf(const IpAddress& dns, std::string_view mesh_namespace,
                               std::string_view cluster_domain);

}  // namespace seine::netns
