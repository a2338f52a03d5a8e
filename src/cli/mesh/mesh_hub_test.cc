// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/mesh_hub.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/temporary_folder.h"
#include "netns/sweep.h"
#include "netns/testing/kernel_test.h"

namespace seine::cli {
namespace {

namespace fs = std::filesystem;
using netns::NetworkNamespace;
using netns::testing::Privilege;

// A state folder with pods, and a process that has the doors of some of them open.
class Mesh {
 public:
  Mesh() = default;
  ~Mesh() { kill(); }

  void kill() {
    if (runs_ <= 0) return;
    ::kill(runs_, SIGKILL);
    ::waitpid(std::exchange(runs_, 0), nullptr, 0);
  }

  MeshFolder folder() const { return {folder_.path()}; }
  std::string pod(const std::string& name) const {
    const std::string path = folder().pods() + "/" + name;
    fs::create_directories(path);
    return path;
  }
  // And that of `up`, if there is to be one.
  void open_doors(const std::map<std::string, const NetworkNamespace*>& pods,
                  const NetworkNamespace* up = nullptr) {
    kill();
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    runs_ = ::fork();
    if (runs_ != 0) {
      char byte = 0;
      ASSERT_EQ(::read(ends[0], &byte, 1), 1);
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const SystemClock clock;
    runtime::EventLoop loop(clock);
    const Log log(clock, STDERR_FILENO, LogLevel::kWarn, LogFormat::kPlain);
    const MeshNetwork network{
        .plan = netns::choose_plan({}).value(), .registry_socket = "/somewhere", .proxy_uid = {}};
    std::vector<std::unique_ptr<PodDoor>> doors;
    for (const auto& [name, hub] : pods) {
      doors.push_back(PodDoor::open(loop, log, pod(name), network, *hub).value());
    }
    std::unique_ptr<MeshDoor> door;
    if (up != nullptr) {
      door = MeshDoor::open(loop, log, folder().socket(), network, *up).value();
    }
    if (::write(ends[1], "r", 1) == 1) loop.run();
    ::_exit(0);
  }

 private:
  const TemporaryFolder folder_ = TemporaryFolder::make("hub-test").value();
  pid_t runs_ = 0;
};

class MeshHubKernel : public netns::testing::KernelTest {};
SEINE_RUN_AS_ROOT_AND_USER(MeshHubKernel);

TEST_P(MeshHubKernel, that_most_programs_live_in_is_found_and_the_others_are_named) {
  run([] {
    const auto one = NetworkNamespace::create().value(), other = NetworkNamespace::create().value();
    Mesh mesh;
    mesh.open_doors({{"api-1", &other}, {"db-1", &one}, {"web-1", &other}});
    std::vector<std::string> silent;
    const auto living = find_living_hub(mesh.folder(), silent);
    ASSERT_TRUE(living);
    EXPECT_TRUE(living->offer.hub.same_as(other));
    EXPECT_EQ(living->offer.network.registry_socket, "/somewhere");
    EXPECT_EQ(living->pods, 2U);
    EXPECT_EQ(living->elsewhere, std::vector<std::string>{"db-1"});
    EXPECT_TRUE(silent.empty());
  });
}

TEST_P(MeshHubKernel, of_no_program_is_found_where_none_answers) {
  run([] {
    Mesh mesh;
    std::vector<std::string> silent;
    EXPECT_FALSE(find_living_hub(mesh.folder(), silent));
    mesh.pod("dead-1");
    const auto old = netns::OwnedFolder::make(mesh.folder().pods() + "/old-1");
    ASSERT_TRUE(old);
    EXPECT_FALSE(find_living_hub(mesh.folder(), silent));
    EXPECT_EQ(silent, std::vector<std::string>{"old-1"});
  });
}

TEST_P(MeshHubKernel, that_a_new_up_does_not_run_the_mesh_in_is_cut_off_until_one_does_again) {
  run([] {
    const auto one = NetworkNamespace::create().value(), other = NetworkNamespace::create().value();
    Mesh mesh;
    const MeshFolder folder = mesh.folder();
    const SystemClock clock;
    const Log log(clock, STDERR_FILENO, LogLevel::kWarn, LogFormat::kPlain);
    HubWatch watch(log, folder, one);
    EXPECT_FALSE(watch.is_cut_off());
    mesh.open_doors({}, &one);
    EXPECT_FALSE(watch.is_cut_off());
    mesh.open_doors({}, &other);
    EXPECT_TRUE(watch.is_cut_off());
    mesh.kill();
    EXPECT_TRUE(watch.is_cut_off());
    mesh.open_doors({}, &one);
    EXPECT_FALSE(watch.is_cut_off());
  });
}

TEST_P(MeshHubKernel, is_offered_from_a_folder_whose_name_is_too_long_for_a_unix_socket) {
  run([] {
    const auto hub = NetworkNamespace::create().value();
    const SystemClock clock;
    runtime::EventLoop loop(clock);
    const Log log(clock, STDERR_FILENO, LogLevel::kWarn, LogFormat::kPlain);
    const Mesh mesh;
    const MeshNetwork network{
        .plan = netns::choose_plan({}).value(), .registry_socket = "/s", .proxy_uid = {}};
    const auto door = PodDoor::open(loop, log, mesh.pod(std::string(120, 'a')), network, hub);
    EXPECT_TRUE(door) << door.error().to_string();
  });
}

}  // namespace
}  // namespace seine::cli
