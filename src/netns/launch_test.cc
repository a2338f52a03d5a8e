// SPDX-License-Identifier: Apache-2.0
#include "netns/launch.h"

#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "netns/launch_plan.h"
#include "netns/testing/confined.h"
#include "netns/testing/kernel_test.h"

namespace seine::netns {
namespace {

using testing::Outcome;
using testing::PodLab;

std::vector<std::string> shell(std::string script) {
  return {"/bin/sh", "-c", std::move(script)};
}

TEST(Launch, an_exit_is_told_as_shells_do) {
  EXPECT_EQ(exit_code_of(W_EXITCODE(7, 0)), 7);
  EXPECT_EQ(exit_code_of(W_EXITCODE(0, SIGTERM)), 143);
  EXPECT_EQ(explain_failure(LaunchStep::kExecute, ENOENT, "web").code, 127);
  EXPECT_EQ(explain_failure(LaunchStep::kExecute, EACCES, "web").code, 126);
  const Exit exit = explain_failure(LaunchStep::kMountProc, EPERM, "web");
  EXPECT_EQ(exit.code, 125);
  EXPECT_NE(exit.problem.find("/proc"), std::string::npos);
}

TEST(Launch, the_resolv_conf_of_a_pod_is_that_of_a_kubernetes_pod) {
  EXPECT_EQ(render_resolv_conf(IpAddress::parse("100.96.0.1").value(), "shop", "cluster.local"),
            "nameserver 100.96.0.1\n"
            "search shop.svc.cluster.local svc.cluster.local cluster.local\n"
            "options ndots:5\n");
}

TEST(Launch, nothing_to_start_and_nothing_to_hide_are_refused) {
  EXPECT_EQ(LaunchPlan::make({}).error().code, ErrorCode::kInvalidArgument);
  Launch launch{.argv = {"true"}, .environment = {}, .identity = {}};
  launch.view = FileView{.hidden = {"/no/such/folder"}, .resolv_conf = {}};
  EXPECT_EQ(LaunchPlan::make(launch).error().code, ErrorCode::kInvalidArgument);
  for (const char* kept : {"/etc", "/usr/../etc/passwd", "/usr/share/no-such-file", "/usr"}) {
    launch.view = FileView{.hidden = {"/usr"}, .kept = {kept}, .resolv_conf = {}};
    EXPECT_EQ(LaunchPlan::make(launch).error().code, ErrorCode::kInvalidArgument) << kept;
  }
}

class LaunchKernel : public testing::KernelTest {
 protected:
  // `body` gets a pod of its own.
  void run_in_pod(const std::function<void(PodLab&)>& body) {
    run([&] {
      PodLab lab(GetParam());
      body(lab);
    });
  }
};
SEINE_RUN_AS_ROOT_AND_USER(LaunchKernel);

TEST_P(LaunchKernel, the_exit_code_is_the_programs) {
  run_in_pod([](PodLab& lab) {
    EXPECT_EQ(lab.run({"/bin/true"}).exit.code, 0);
    EXPECT_EQ(lab.run(shell("exit 7")).exit.code, 7);
    EXPECT_EQ(lab.run(shell("kill -KILL $$")).exit.code, 128 + SIGKILL);
    EXPECT_EQ(lab.run({"true"}).exit.code, 0) << "PATH is searched";
  });
}

TEST_P(LaunchKernel, a_program_that_is_missing_or_none_has_the_shells_code_and_a_sentence) {
  run_in_pod([](PodLab& lab) {
    const Exit missing = lab.run({"no-such-program"}).exit;
    EXPECT_EQ(missing.code, 127);
    EXPECT_NE(missing.problem.find("no-such-program"), std::string::npos);
    EXPECT_EQ(lab.run({"/etc/passwd"}).exit.code, 126);
    EXPECT_EQ(lab.run({"/etc"}).exit.code, 126);
    Launch lost = lab.confined({"/bin/true"});
    lost.working_directory = "/no/such/folder";
    const Exit nowhere = lab.run(std::move(lost)).exit;
    EXPECT_EQ(nowhere.code, 125);
    EXPECT_NE(nowhere.problem.find("working directory"), std::string::npos);
  });
}

TEST_P(LaunchKernel, it_runs_as_its_user_with_its_environment_and_folder) {
  run_in_pod([](PodLab& lab) {
    Launch launch = lab.confined(shell("id -u; echo $NAME; pwd"));
    launch.environment.emplace_back("NAME=web");
    launch.working_directory = "/usr";
    EXPECT_EQ(lab.run(std::move(launch)).printed,
              std::to_string(testing::kOrdinaryUid) + "\nweb\n/usr\n");
  });
}

TEST_P(LaunchKernel, it_has_no_capabilities_and_can_gain_none) {
  run_in_pod([](PodLab& lab) {
    const std::string status = lab.run({"/bin/cat", "/proc/self/status"}).printed;
    for (const char* none :
         {"CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
          "CapBnd:\t0000000000000000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1"}) {
      EXPECT_NE(status.find(none), std::string::npos) << none << "\n" << status;
    }
  });
}

TEST_P(LaunchKernel, it_sees_its_own_processes_only) {
  run_in_pod([](PodLab& lab) {
    const Outcome outcome = lab.run(shell("echo $$; ls -d /proc/[0-9]* | wc -l"));
    // The init, the shell, and `ls` or `wc` or both.
    EXPECT_TRUE(outcome.printed == "2\n3\n" || outcome.printed == "2\n4\n") << outcome.printed;
  });
}

TEST_P(LaunchKernel, it_has_the_pods_network_and_resolv_conf) {
  run_in_pod([](PodLab& lab) {
    const std::string links = lab.run(shell("tail -n +3 /proc/net/dev | wc -l")).printed;
    EXPECT_EQ(links, "2\n") << "lo and eth0";
    EXPECT_EQ(lab.run({"/bin/cat", "/etc/resolv.conf"}).printed,
              render_resolv_conf(lab.plan.hub(), "shop", "cluster.local"));
    EXPECT_NE(lab.run(shell("echo x > /etc/resolv.conf")).exit.code, 0);
  });
}

// As systemd-resolved arranges it: /etc/resolv.conf leads into a folder with its socket.
void imitate_resolved() {
  ASSERT_EQ(unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"), 0);
  ASSERT_EQ(mount("tmpfs", "/etc", "tmpfs", 0, "mode=0755"), 0);
  std::filesystem::create_directories("/run/systemd/resolve");
  std::ofstream("/run/systemd/resolve/stub-resolv.conf") << "nameserver 127.0.0.53\n";
  std::ofstream("/run/systemd/resolve/io.systemd.Resolve") << "a socket";
  std::filesystem::create_symlink("../run/systemd/resolve/stub-resolv.conf", "/etc/resolv.conf");
}

TEST_P(LaunchKernel, a_name_service_that_would_answer_past_resolv_conf_is_out_of_sight) {
  run_in_pod([](PodLab& lab) {
    imitate_resolved();
    EXPECT_EQ(lab.run({"/bin/cat", "/etc/resolv.conf"}).printed,
              render_resolv_conf(lab.plan.hub(), "shop", "cluster.local"));
    EXPECT_EQ(lab.run({"/bin/ls", "-A", "/run/systemd/resolve"}).printed, "stub-resolv.conf\n");
  });
}

TEST_P(LaunchKernel, a_proxy_reaches_its_own_folder_in_a_state_folder_that_is_closed_to_it) {
  run_in_pod([](PodLab& lab) {
    const std::string folder = lab.state_folder + "/pod";
    const uid_t uid = GetParam() == testing::Privilege::kRoot ? 2102 : geteuid();
    ASSERT_TRUE(std::filesystem::create_directory(folder));
    ASSERT_EQ(chmod(folder.c_str(), 0700), 0);
    const Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    (folder + "/socket").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(listen(listener.get(), 1), 0);
    ASSERT_EQ(chown((folder + "/socket").c_str(), uid, static_cast<gid_t>(-1)), 0);
    ASSERT_EQ(chown(folder.c_str(), uid, static_cast<gid_t>(-1)), 0);
    Launch proxy{.argv = {"/usr/bin/python3", "-c",
                          "import socket\nsocket.socket(socket.AF_UNIX).connect('socket')\n"
                          "print('connected')"},
                 .environment = {},
                 .working_directory = folder,
                 .identity = current_identity()};
    if (GetParam() == testing::Privilege::kRoot) proxy.identity = {.uid = uid, .gid = uid};
    if (GetParam() == testing::Privilege::kUser) {
      proxy.kept_capabilities = UINT64_C(1) << CAP_NET_ADMIN;
    }
    EXPECT_EQ(lab.run(std::move(proxy)).printed, "connected\n");
  });
}

// As in a checkout below /root: proxies are ours, but their uid may not look there.
TEST_P(LaunchKernel, a_proxy_may_lie_in_a_folder_that_is_closed_to_its_user) {
  run_in_pod([](PodLab& lab) {
    const std::string program = lab.state_folder + "/echo";
    ASSERT_TRUE(std::filesystem::copy_file("/bin/echo", program));
    ASSERT_EQ(chmod(lab.state_folder.c_str(), 0700), 0);
    Launch proxy{.argv = {program, "started"}, .environment = {}, .identity = current_identity()};
    if (GetParam() == testing::Privilege::kRoot) proxy.identity = {.uid = 2102, .gid = 2102};
    const Outcome outcome = lab.run(std::move(proxy));
    EXPECT_EQ(outcome.printed, "started\n") << outcome.exit.problem;
    EXPECT_EQ(lab.run({program, "started"}).exit.code, 127) << "it is hidden from a program";
  });
}

TEST_P(LaunchKernel, a_confined_program_of_our_own_may_lie_there_too) {
  run_in_pod([](PodLab& lab) {
    const std::string program = lab.state_folder + "/echo";
    ASSERT_TRUE(std::filesystem::copy_file("/bin/echo", program));
    ASSERT_EQ(chmod(lab.state_folder.c_str(), 0700), 0);
    Launch launch = lab.confined({program, "started"});
    launch.is_ours = true;
    const Outcome outcome = lab.run(std::move(launch));
    EXPECT_EQ(outcome.printed, "started\n") << outcome.exit.problem;
    EXPECT_EQ(lab.run({"/bin/ls", "-A", lab.state_folder}).printed, "");
  });
}

TEST_P(LaunchKernel, the_state_folder_is_empty_to_it_and_whole_to_us) {
  run_in_pod([](PodLab& lab) {
    EXPECT_EQ(lab.run({"/bin/ls", "-A", lab.state_folder}).printed, "");
    EXPECT_NE(lab.run({"/bin/cat", lab.state_folder + "/token"}).exit.code, 0);
    EXPECT_NE(lab.run({"/bin/touch", lab.state_folder + "/mine"}).exit.code, 0);
    EXPECT_TRUE(std::filesystem::exists(lab.state_folder + "/token"));
  });
}

TEST_P(LaunchKernel, what_is_kept_of_the_state_folder_is_there_and_nothing_else) {
  run_in_pod([](PodLab& lab) {
    const std::string own = lab.state_folder + "/dive/data";
    std::filesystem::create_directories(own);
    std::ofstream(lab.state_folder + "/socket") << "a file";
    Launch launch = lab.confined(shell("cd " + lab.state_folder +
                                       "; ls -A . dive; cat socket; echo kept > dive/data/it; "
                                       "touch dive/mine mine"));
    const uid_t uid = launch.identity.uid;
    ASSERT_EQ(chown(own.c_str(), uid, static_cast<gid_t>(-1)), 0);
    launch.view->kept = {lab.state_folder + "/socket", own};
    const Outcome outcome = lab.run(std::move(launch));
    EXPECT_TRUE(outcome.printed.starts_with(".:\ndive\nsocket\n\ndive:\ndata\na file"))
        << outcome.printed << outcome.exit.problem;
    EXPECT_NE(outcome.exit.code, 0) << "it wrote beside what is kept";
    EXPECT_EQ(read_file(own + "/it", 100).value_or(""), "kept\n");
  });
}

TEST_P(LaunchKernel, it_has_no_descriptors_but_the_standard_three) {
  run_in_pod([](PodLab& lab) {
    // `ls` itself has one open, for the folder it lists.
    EXPECT_EQ(lab.run({"/bin/ls", "/proc/self/fd"}).printed, "0\n1\n2\n3\n");
  });
}

TEST_P(LaunchKernel, a_signal_reaches_the_program_and_its_children) {
  run_in_pod([](PodLab& lab) {
    const Outcome asked = lab.run(
        lab.confined(
            shell("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done")),
        [](LaunchedProcess& process) { process.signal(SIGTERM); });
    // Between the two the shell tells that its `sleep` was ended, too.
    EXPECT_TRUE(asked.printed.ends_with("bye\n")) << asked.printed;
    EXPECT_EQ(asked.exit.code, 3);
    const Outcome killed = lab.run(lab.confined(shell("echo ready; sleep 100; echo never")),
                                   [](LaunchedProcess& process) { process.signal(SIGINT); });
    EXPECT_EQ(killed.printed, "ready\n");
    EXPECT_EQ(killed.exit.code, 128 + SIGINT);
  });
}

TEST_P(LaunchKernel, whom_ctrl_z_stops_goes_on_for_no_shell_is_there_to_do_it) {
  run_in_pod([](PodLab& lab) {
    const Outcome outcome = lab.run(shell("kill -TSTP $$; echo on; exit 4"));
    EXPECT_EQ(outcome.printed, "on\n");
    EXPECT_EQ(outcome.exit.code, 4);
  });
}

TEST_P(LaunchKernel, orphans_are_reaped_and_end_with_the_program) {
  run_in_pod([](PodLab& lab) {
    // An orphan that ends becomes nobody's zombie; one that stays keeps nothing waiting.
    const Outcome outcome =
        lab.run(shell("(sleep 0.01 &) ; (sleep 100 &) ; sleep 0.1; grep -l '^State:.Z' "
                      "/proc/[0-9]*/status | wc -l"));
    EXPECT_EQ(outcome.printed, "0\n");
    EXPECT_EQ(outcome.exit.code, 0);
  });
}

TEST_P(LaunchKernel, what_is_dropped_is_ended_at_once) {
  run_in_pod([](PodLab& lab) {
    auto process = launch(lab.loop, lab.pod, lab.confined({"/bin/sleep", "100"}));
    ASSERT_TRUE(process);
    const pid_t init = (*process)->init_pid();
    EXPECT_EQ(kill(init, 0), 0);
    process->reset();
    EXPECT_EQ(kill(init, 0), -1);
  });
}

TEST_P(LaunchKernel, everything_dies_with_us_even_by_kill_9) {
  run([&] {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t runner = fork();
    if (runner == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      // What the program holds open closes when it is dead.
      close(ends[0]);
      PodLab lab(GetParam());
      Launch sleeper = lab.confined(shell("echo " + lab.state_folder + " ready; sleep 100"));
      sleeper.output = ends[1];
      auto process = launch(lab.loop, lab.pod, sleeper);
      pause();
      _exit(0);
    }
    close(ends[1]);
    std::string folder;
    char byte = 0;
    while (read(ends[0], &byte, 1) == 1 && byte != '\n') folder += byte;
    ASSERT_TRUE(folder.ends_with(" ready")) << folder;
    kill(runner, SIGKILL);
    ASSERT_EQ(waitpid(runner, nullptr, 0), runner);
    EXPECT_EQ(read(ends[0], &byte, 1), 0) << "nobody is left to write";
    std::filesystem::remove_all(folder.substr(0, folder.find(' ')));
  });
}

// A controller, without root: its user may be in groups that the user namespace does not know.
TEST_P(LaunchKernel, who_stays_who_we_are_loses_its_capabilities_all_the_same) {
  run_in_pod([](PodLab& lab) {
    Launch controller{.argv = {"/bin/cat", "/proc/self/status"},
                      .environment = {},
                      .identity = current_identity()};
    const std::string status = lab.run(std::move(controller)).printed;
    EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos) << status;
    EXPECT_NE(status.find("CapBnd:\t0000000000000000"), std::string::npos) << status;
  });
}

TEST_P(LaunchKernel, a_proxy_that_sets_marks_keeps_the_one_capability_for_it) {
  run_in_pod([](PodLab& lab) {
    Launch proxy{.argv = {"/bin/cat", "/proc/self/status"},
                 .environment = {},
                 .identity = current_identity(),
                 .kept_capabilities = UINT64_C(1) << CAP_NET_ADMIN};
    const std::string status = lab.run(std::move(proxy)).printed;
    EXPECT_NE(status.find("CapEff:\t0000000000001000"), std::string::npos) << status;
    EXPECT_NE(status.find("CapBnd:\t0000000000001000"), std::string::npos) << status;
  });
}

}  // namespace
}  // namespace seine::netns
