// SPDX-License-Identifier: Apache-2.0
// What a hostile program tries from within a pod, each attempt a test.
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "netns/nft.h"
#include "netns/testing/confined.h"
#include "netns/testing/kernel_test.h"
#include "netns/testing/sockets.h"

namespace seine::netns {
namespace {

using testing::Greeter;
using testing::Outcome;
using testing::PodLab;

class HostileKernel : public testing::KernelTest {
 protected:
  void run_in_pod(const std::function<void(PodLab&)>& body) {
    run([&] {
      PodLab lab(GetParam());
      body(lab);
    });
  }
};
SEINE_RUN_AS_ROOT_AND_USER(HostileKernel);

// Prints "refused" and the errno's name if what follows raises an OSError, else "done".
std::string attempt(const std::string& body) {
  std::string script =
      "import ctypes, errno, os, socket, sys\n"
      "libc = ctypes.CDLL(None, use_errno=True)\n"
      "def call(rc):\n"
      "  if rc < 0: raise OSError(ctypes.get_errno(), 'call')\n"
      "try:\n";
  std::string line;
  for (const char c : body + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    script += "  " + line + "\n";
    line.clear();
  }
  return script +
         "except OSError as e:\n"
         "  print('refused', errno.errorcode.get(e.errno, e.errno))\n"
         "else:\n"
         "  print('done')\n";
}

TEST_P(HostileKernel, flushing_the_rules_is_refused) {
  run_in_pod([](PodLab& lab) {
    const std::string before = run_nft(lab.pod, "list ruleset\n").value();
    for (const char* tool :
         {"nft flush ruleset", "nft delete table inet seine", "unshare -Ur nft flush ruleset",
          "ip link delete eth0", "ip route replace default dev lo",
          "unshare -Ur ip link set eth0 down", "ip address add 100.96.0.9/16 dev eth0"}) {
      const Outcome outcome = lab.run({"/bin/sh", "-c", tool});
      EXPECT_NE(outcome.exit.code, 0) << tool << ": " << outcome.printed;
    }
    EXPECT_EQ(run_nft(lab.pod, "list ruleset\n").value(), before);
  });
}

TEST_P(HostileKernel, taking_the_proxys_uid_or_any_other_is_refused) {
  run_in_pod([](PodLab& lab) {
    for (const char* uid : {"2102", "0", "1"}) {
      const std::string call = std::string("os.setresuid(") + uid + ", " + uid + ", " + uid + ")";
      EXPECT_TRUE(lab.python(attempt(call)).printed.starts_with("refused")) << uid;
    }
    EXPECT_TRUE(lab.python(attempt("os.setgroups([0])")).printed.starts_with("refused"));
  });
}

TEST_P(HostileKernel, setting_the_proxys_mark_is_refused) {
  run_in_pod([](PodLab& lab) {
    const std::string set =
        "s = socket.socket()\n"
        "s.setsockopt(socket.SOL_SOCKET, 36, 0x5e1e)";
    EXPECT_EQ(lab.python(attempt(set)).printed, "refused EPERM\n");
    // Nor as root of a user namespace of its own: the pod belongs to another.
    const Outcome nested =
        lab.run({"/usr/bin/unshare", "-Ur", "/usr/bin/python3", "-c", attempt(set)});
    EXPECT_EQ(nested.printed, "refused EPERM\n");
  });
}

TEST_P(HostileKernel, raw_and_packet_sockets_are_refused) {
  run_in_pod([](PodLab& lab) {
    for (const char* make : {"socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
                             "socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)",
                             "socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300)",
                             "socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0x0300)"}) {
      EXPECT_EQ(lab.python(attempt(make)).printed, "refused EPERM\n") << make;
      EXPECT_EQ(
          lab.run({"/usr/bin/unshare", "-Ur", "/usr/bin/python3", "-c", attempt(make)}).printed,
          "refused EPERM\n")
          << make;
    }
    EXPECT_TRUE(lab.python(attempt("socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1)"))
                    .printed.starts_with("refused"));
  });
}

TEST_P(HostileKernel, the_machines_loopback_is_not_there) {
  run([] {
    const auto machine = NetworkNamespace::create();
    ASSERT_TRUE(machine);
    ASSERT_EQ(setns(machine->fd(), CLONE_NEWNET), 0);
    PodLab lab(GetParam());
    const Greeter secret(*machine, "127.0.0.1:0", "machine");
    for (const char* host : {"127.0.0.1", "100.96.0.1"}) {
      const std::string to = "('" + std::string(host) + "', " + std::to_string(secret.port()) + ")";
      EXPECT_EQ(lab.python(attempt("socket.create_connection(" + to + ", 20)")).printed,
                "refused ECONNREFUSED\n")
          << to;
    }
    // Abstract unix sockets belong to a network namespace too.
    EXPECT_TRUE(lab.python(attempt("s = socket.socket(socket.AF_UNIX)\n"
                                   "s.connect('\\0/tmp/.X11-unix/X0')"))
                    .printed.starts_with("refused"));
  });
}

TEST_P(HostileKernel, every_tcp_connection_meets_the_proxy) {
  run_in_pod([](PodLab& lab) {
    const Greeter outbound(lab.pod, "127.0.0.1:4140", "outbound", lab.proxy());
    const Greeter v6(lab.pod, "[::1]:4140", "outbound", lab.proxy());
    const Greeter controller(lab.hub, "100.96.0.1:8086", "controller");
    const Greeter controller_v6(lab.hub, "[fd00:5e1e::1]:8086", "controller");
    const auto heard = [&](const std::string& host) {
      return lab
          .python("import socket\ns = socket.create_connection(('" + host +
                  "', 8086), 20)\nprint(s.recv(99).decode())")
          .printed;
    };
    EXPECT_EQ(heard("100.96.0.1"), "outbound 100.96.0.1:8086\n");
    EXPECT_EQ(heard("fd00:5e1e::1"), "outbound [fd00:5e1e::1]:8086\n");
    EXPECT_EQ(heard("192.0.2.1"), "outbound 192.0.2.1:8086\n");
    // Bound to the link it comes to nothing; MPTCP may not be there.
    for (const char* socket :
         {"s = socket.socket()\ns.setsockopt(socket.SOL_SOCKET, 25, b'eth0')\n",
          "s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)\n"}) {
      const std::string printed = lab.python("import socket\n" + std::string(socket) +
                                             "s.settimeout(0.5)\ns.connect(('100.96.0.1', 8086))\n"
                                             "print(s.recv(99).decode())")
                                      .printed;
      EXPECT_EQ(printed.find("controller"), std::string::npos) << printed;
    }
    const std::string mapped =
        "import socket\ns = socket.socket(socket.AF_INET6)\ns.settimeout(20)\n"
        "s.connect(('::ffff:100.96.0.1', 8086))\nprint(s.recv(99).decode())";
    EXPECT_EQ(lab.python(mapped).printed, "outbound 100.96.0.1:8086\n");
  });
}

TEST_P(HostileKernel, the_way_out_is_not_there_but_for_the_proxy) {
  run_in_pod([](PodLab& lab) {
    const std::string at(kEgressRelayAddress);
    const Greeter relay(lab.pod, at, "relay");
    EXPECT_EQ(testing::dial(lab.pod, at, lab.proxy()), "relay " + at);
    const std::string connect = "socket.create_connection(('127.94.30.30', 4145), 20)";
    EXPECT_EQ(lab.python(attempt(connect)).printed, "refused ECONNREFUSED\n");
    const std::string from_port =
        "socket.create_connection(('127.94.30.30', 4145), 20, ('', 4140))";
    EXPECT_EQ(lab.python(attempt(from_port)).printed, "refused ECONNREFUSED\n");
  });
}

TEST_P(HostileKernel, udp_and_other_protocols_do_not_leave) {
  run_in_pod([](PodLab& lab) {
    const testing::UdpEcho echo(lab.hub, "100.96.0.1:5353");
    const testing::UdpEcho echo_v6(lab.hub, "[fd00:5e1e::1]:5353");
    const std::string udp =
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('100.96.0.1', 5353))";
    EXPECT_EQ(lab.python(attempt(udp)).printed, "refused EPERM\n");
    const std::string udp_v6 =
        "s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('fd00:5e1e::1', 5353))";
    EXPECT_EQ(lab.python(attempt(udp_v6)).printed, "refused EPERM\n");
    const std::string udplite =
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)\n"
        "s.sendto(b'x', ('100.96.0.1', 53))";
    EXPECT_TRUE(lab.python(attempt(udplite)).printed.starts_with("refused"));
    const std::string sctp =
        "s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)\n"
        "s.settimeout(2)\n"
        "s.connect(('100.96.0.1', 8086))";
    EXPECT_NE(lab.python(attempt(sctp)).printed, "done\n");
  });
}

TEST_P(HostileKernel, other_processes_can_neither_be_seen_nor_traced) {
  run_in_pod([](PodLab& lab) {
    const std::string ours = std::to_string(getpid());
    EXPECT_EQ(lab.python(attempt("os.kill(" + ours + ", 0)")).printed, "refused ESRCH\n");
    EXPECT_EQ(lab.python(attempt("open('/proc/" + ours + "/environ')")).printed,
              "refused ENOENT\n");
    // The init has the same uid, and a copy of our memory.
    EXPECT_EQ(lab.python(attempt("call(libc.ptrace(16, 1, 0, 0))")).printed, "refused EPERM\n");
    EXPECT_EQ(lab.python(attempt("open('/proc/1/mem', 'rb')")).printed, "refused EACCES\n");
    EXPECT_EQ(lab.python(attempt("os.listdir('/proc/1/fd')")).printed, "refused EACCES\n");
    EXPECT_EQ(lab.python(attempt("os.readlink('/proc/1/ns/net')")).printed, "refused EACCES\n");
    EXPECT_EQ(lab.python("import os\nos.kill(1, 9)\nos.kill(1, 15)\nprint('alive')").printed,
              "alive\n");
  });
}

TEST_P(HostileKernel, the_state_folder_cannot_be_uncovered) {
  run_in_pod([](PodLab& lab) {
    const std::string secret = lab.state_folder + "/token";
    const std::string unmount = "call(libc.umount2(b'" + lab.state_folder + "', 2))";
    EXPECT_EQ(lab.python(attempt(unmount)).printed, "refused EPERM\n");
    const std::string nested = "umount -l " + lab.state_folder + "; umount -l /proc; cat " + secret;
    const Outcome outcome = lab.run({"/usr/bin/unshare", "-Urm", "/bin/sh", "-c", nested});
    EXPECT_EQ(outcome.printed.find("secret"), std::string::npos) << outcome.printed;
    EXPECT_NE(lab.run({"/bin/sh", "-c", "mv " + lab.state_folder + " /tmp/elsewhere"}).exit.code,
              0);
  });
}

TEST_P(HostileKernel, the_kernels_settings_cannot_be_written) {
  run_in_pod([](PodLab& lab) {
    for (const char* path :
         {"/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/conf/all/route_localnet",
          "/proc/sys/net/ipv4/ping_group_range", "/proc/sys/kernel/hostname"}) {
      EXPECT_TRUE(lab.python(attempt("open('" + std::string(path) + "', 'w').write('1')"))
                      .printed.starts_with("refused"))
          << path;
    }
  });
}

TEST_P(HostileKernel, the_hubs_namespace_cannot_be_entered) {
  run_in_pod([](PodLab& lab) {
    EXPECT_EQ(lab.python(attempt("fd = os.open('/proc/self/ns/net', 0)\n"
                                 "call(libc.setns(fd, 0x40000000))"))
                  .printed,
              "refused EPERM\n");
    // A new one can be made in a user namespace: it is empty.
    const Outcome alone =
        lab.run({"/usr/bin/unshare", "-Urn", "/bin/sh", "-c", "tail -n +3 /proc/net/dev | wc -l"});
    EXPECT_EQ(alone.printed, "1\n");
  });
}

TEST(Hostile, a_set_uid_program_gives_nothing) {
  if (const auto reason = testing::reason_to_skip(testing::Privilege::kRoot)) {
    GTEST_SKIP() << *reason;
  }
  testing::run_in_child(testing::Privilege::kRoot, [] {
    PodLab lab(testing::Privilege::kRoot);
    std::string name = "/var/tmp/seine-suid-XXXXXX";
    const std::string folder = mkdtemp(name.data());
    const std::string program = folder + "/id";
    std::filesystem::copy_file("/usr/bin/id", program);
    ASSERT_EQ(chmod(folder.c_str(), 0755), 0);
    ASSERT_EQ(chmod(program.c_str(), 04755), 0);
    const Outcome outcome = lab.run({program});
    std::filesystem::remove_all(folder);
    EXPECT_EQ(outcome.exit.code, 0);
    EXPECT_NE(outcome.printed.find("uid=65534"), std::string::npos) << outcome.printed;
    EXPECT_EQ(outcome.printed.find("euid=0"), std::string::npos) << outcome.printed;
  });
}

TEST(Hostile, where_the_user_has_a_second_uid_the_proxy_is_told_by_it) {
  constexpr auto kPrivilege = testing::Privilege::kUserWithProxyUid;
  if (const auto reason = testing::reason_to_skip(kPrivilege)) GTEST_SKIP() << *reason;
  testing::run_in_child(kPrivilege, [] {
    PodLab lab(kPrivilege);
    const Greeter outbound(lab.pod, "127.0.0.1:4140", "outbound", lab.proxy());
    const Greeter controller(lab.hub, "100.96.0.1:8086", "controller");
    const std::string script =
        "import socket\n"
        "print(socket.create_connection(('100.96.0.1', 8086), 20).recv(99).decode())";
    EXPECT_EQ(lab.python(script).printed, "outbound 100.96.0.1:8086\n");
    EXPECT_TRUE(
        lab.python(attempt("os.setresuid(2102, 2102, 2102)")).printed.starts_with("refused"));
    const Launch proxy{.argv = {"/usr/bin/python3", "-c", script},
                       .environment = {},
                       .identity = {.uid = testing::kProxyUid, .gid = testing::kProxyUid}};
    EXPECT_EQ(lab.run(proxy).printed, "controller 100.96.0.1:8086\n");
  });
}

TEST(Hostile, root_in_a_pod_has_no_power_over_it) {
  if (const auto reason = testing::reason_to_skip(testing::Privilege::kRoot)) {
    GTEST_SKIP() << *reason;
  }
  testing::run_in_child(testing::Privilege::kRoot, [] {
    PodLab lab(testing::Privilege::kRoot);
    const auto as_root = [&](std::vector<std::string> argv) {
      Launch launch = lab.confined(std::move(argv));
      launch.identity = {.uid = 0, .gid = 0, .groups = {}};
      return lab.run(std::move(launch));
    };
    EXPECT_NE(as_root({"/usr/sbin/nft", "flush", "ruleset"}).exit.code, 0);
    EXPECT_NE(as_root({"/bin/cat", lab.state_folder + "/token"}).exit.code, 0);
    EXPECT_NE(as_root({"/bin/umount", "-l", lab.state_folder}).exit.code, 0);
    EXPECT_NE(as_root({"/bin/sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"}).exit.code, 0);
    for (const char* call : {"os.setresuid(2102, 2102, 2102)",
                             "socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300)",
                             "os.mknod('/tmp/seine-disk', 0o60600, os.makedev(8, 1))",
                             "call(libc.ptrace(16, 1, 0, 0))"}) {
      EXPECT_EQ(as_root({"/usr/bin/python3", "-c", attempt(call)}).printed, "refused EPERM\n")
          << call;
    }
  });
}

}  // namespace
}  // namespace seine::netns
