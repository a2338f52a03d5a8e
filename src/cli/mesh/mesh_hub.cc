// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/mesh_hub.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/mesh/machine_users.h"
#include "netns/hub.h"
#include "netns/links.h"
#include "netns/privileges.h"
#include "netns/user_namespace.h"
#include "runtime/combine.h"

namespace seine::cli {

using namespace std::chrono_literals;

namespace {

constexpr char kDoor[] = "network.sock";
// A `run` answers at once, but for one that is stopped.
constexpr Duration kPodPatience = 1s;
constexpr Duration kAllPodsPatience = 5s;
// The former controller ends with its `up`, but not in the same instant.
constexpr std::uint16_t kControllerPort = 8086;
constexpr Duration kFormerPatience = 3s;
constexpr int kFormerLookMs = 20;
constexpr Duration kDoorPatience = 1s;
constexpr Duration kDoorLook = 20ms;
constexpr Duration kWatchPatience = 250ms;

// The folder's name may be too long for a unix socket's address; this never is.
std::string door_in(const Descriptor& folder) {
  return "/proc/self/fd/" + std::to_string(folder.get()) + "/" + kDoor;
}

Descriptor open_folder(const std::string& path) {
  return Descriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

// Whether a `run` lives that has the folder (netns/sweep.h). One that could not be swept has none.
bool is_owned(const std::string& path) {
  const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  return folder && ::flock(folder.get(), LOCK_SH | LOCK_NB) != 0;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

Result<netns::AddressPlan> split(const std::string& range) {
  const auto net = IpNet::parse(range);
  if (!net) return fail(ErrorCode::kInvalidConfig, "--network: " + net.error().message);
  auto plan = netns::split_range(*net, IpNet::parse("fd00:5e1e::/64").value());
  if (!plan) return fail(std::move(plan.error()).with_context("--network"));
  return plan;
}

Result<netns::AddressPlan> choose_addresses(const std::string& range) {
  auto netlink = netns::Netlink::open();
  if (!netlink) return fail(std::move(netlink.error()));
  const auto routes = netns::list_routes(*netlink);
  if (!routes) return fail(routes.error());
  if (range.empty()) return netns::choose_plan(*routes);
  auto plan = split(range);
  if (!plan) return plan;
  if (auto free = netns::check_against_host(IpNet::parse(range).value(), *routes); !free) {
    return fail(std::move(free.error()).with_context("--network"));
  }
  return plan;
}

// The host's routes are read first: they are not seen from a network namespace, and a user
// namespace changes nothing about them.
Result<MeshAccess> make_hub(const std::string& range) {
  const auto plan = choose_addresses(range);
  if (!plan) return fail(plan.error());
  MeshNetwork network{.plan = *plan, .registry_socket = {}, .proxy_uid = {}};
  if (netns::may_make_namespaces()) {
    network.proxy_uid = choose_proxy_uid();
    if (!network.proxy_uid) {
      return fail(ErrorCode::kUnavailable,
                  "up: the uids that proxies may have, " + std::to_string(kProxyUid) + " to " +
                      std::to_string(kLastProxyUid) + ", all belong to users or groups");
    }
  } else {
    const auto mapping = netns::enter_new_user_namespace(kProxyUid);
    if (!mapping) return fail(mapping.error());
    network.proxy_uid = mapping->proxy_uid;
    network.has_user_namespace = true;
  }
  auto hub = netns::create_hub(network.plan);
  if (!hub) return fail(std::move(hub.error()));
  return MeshAccess{std::move(network), *std::move(hub)};
}

Result<void> check_range(const LivingHub& living, const std::string& range) {
  if (range.empty()) return {};
  const auto wanted = split(range);
  if (!wanted) return fail(wanted.error());
  const netns::AddressPlan& plan = living.offer.network.plan;
  if (wanted->pods == plan.pods && wanted->services == plan.services) return {};
  return fail(ErrorCode::kInvalidConfig,
              "--network " + range + ": programs still run in " + plan.pods.to_string() + " and " +
                  plan.services.to_string() + "; end them, or leave out --network");
}

Result<void> wait_for_former(const MeshAccess& mesh) {
  const SocketAddr at{mesh.network.plan.hub(), kControllerPort};
  const auto given_up = std::chrono::steady_clock::now() + kFormerPatience;
  for (;;) {
    const auto listener = mesh.hub.tcp_listener(at);
    if (listener) return {};
    if (std::chrono::steady_clock::now() > given_up) {
      return fail(
          Error(listener.error()).with_context("the network of programs that still run is in use"));
    }
    ::poll(nullptr, 0, kFormerLookMs);  // there is no loop yet
  }
}

Result<MeshAccess> take_over(LivingHub living) {
  auto mesh = accept_offer(std::move(living.offer));
  if (mesh) {
    if (auto is_free = wait_for_former(*mesh); !is_free) return fail(std::move(is_free.error()));
  }
  return mesh;
}

}  // namespace

Result<std::unique_ptr<PodDoor>> PodDoor::open(runtime::EventLoop& loop, const Log& log,
                                               const std::string& pod_folder, MeshNetwork network,
                                               const netns::NetworkNamespace& hub) {
  Descriptor folder = open_folder(pod_folder);
  if (!folder) return fail_errno(ErrorCode::kInvalidConfig, errno, pod_folder);
  std::unique_ptr<PodDoor> pod(new PodDoor(std::move(folder)));
  auto door = MeshDoor::open(loop, log, door_in(pod->folder_), std::move(network), hub);
  if (!door) return fail(std::move(door.error()));
  pod->door_ = *std::move(door);
  return pod;
}

std::optional<LivingHub> find_living_hub(const MeshFolder& folder,
                                         std::vector<std::string>& silent) {
  struct Network {
    MeshOffer offer;
    std::vector<std::string> pods;
  };
  std::vector<Network> networks;
  const auto given_up = std::chrono::steady_clock::now() + kAllPodsPatience;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder.pods(), failed)) {
    const std::string name = entry.path().filename().string();
    const Descriptor pod = open_folder(entry.path().string());
    if (!pod) continue;
    auto offer = std::chrono::steady_clock::now() < given_up
                     ? ask_door(door_in(pod), kPodPatience)
                     : fail(ErrorCode::kTimeout, "too many do not answer");
    if (!offer) {
      if (is_owned(entry.path().string())) silent.push_back(name);
      continue;
    }
    const auto same = std::ranges::find_if(
        networks, [&](const Network& one) { return one.offer.hub.same_as(offer->hub); });
    if (same != networks.end()) {
      same->pods.push_back(name);
    } else {
      networks.push_back({*std::move(offer), {name}});
    }
  }
  if (networks.empty()) return std::nullopt;
  const auto most =
      std::ranges::max_element(networks, {}, [](const Network& one) { return one.pods.size(); });
  LivingHub living{std::move(most->offer), most->pods.size(), {}};
  for (auto one = networks.begin(); one != networks.end(); ++one) {
    if (one == most) continue;
    living.elsewhere.insert(living.elsewhere.end(), one->pods.begin(), one->pods.end());
  }
  return living;
}

runtime::Task<Result<void>> check_hub(runtime::EventLoop& loop, const MeshFolder& folder,
                                      const netns::NetworkNamespace& hub) {
  const TimePoint given_up = loop.now() + kDoorPatience;
  for (;;) {
    const auto offer = ask_door(folder.socket(), kDoorPatience);
    if (offer && !offer->hub.same_as(hub)) {
      co_return fail(ErrorCode::kUnavailable,
                     "the mesh in " + folder.path + " was started anew meanwhile; run this again");
    }
    // A controller may answer some milliseconds before the door of its `up` opens.
    if (offer || loop.now() > given_up) co_return Result<void>();
    co_await runtime::sleep_for(loop, kDoorLook);
  }
}

std::optional<HubWatch::DoorFile> HubWatch::look(const std::string& path) {
  struct stat file{};
  if (::lstat(path.c_str(), &file) != 0) return std::nullopt;
  return DoorFile{file.st_dev, file.st_ino, file.st_ctim.tv_sec, file.st_ctim.tv_nsec};
}

bool HubWatch::is_cut_off() {
  const auto door = look(folder_.socket());
  if (!door || door == asked_) return is_cut_off_;
  if (const auto offer = ask_door(folder_.socket(), kWatchPatience)) {
    asked_ = door;
    const bool is_elsewhere = !offer->hub.same_as(hub_);
    if (is_elsewhere && !is_cut_off_) {
      log_warn(log_,
               "the mesh was started anew in another network, so nobody reaches this program; "
               "start it again");
    }
    is_cut_off_ = is_elsewhere;
  }
  return is_cut_off_;
}

Result<MeshAccess> find_or_make_hub(const Log& log, const MeshFolder& folder,
                                    const std::string& range, Duration report_every) {
  std::vector<std::string> silent;
  auto living = find_living_hub(folder, silent);
  if (living) {
    if (auto fits = check_range(*living, range); !fits) return fail(std::move(fits.error()));
  }
  const std::size_t pods = living ? living->pods : 0;
  const std::vector<std::string> elsewhere =
      living ? std::move(living->elsewhere) : std::vector<std::string>();
  auto mesh = living ? take_over(*std::move(living)) : make_hub(range);
  if (!mesh) return mesh;
  mesh->network.registry_socket = folder.registry_socket();
  mesh->network.report_every = report_every;
  if (pods > 0) {
    log_info(log, "took over the network of programs that still run",
             {{"programs", std::to_string(pods)}});
  }
  if (!elsewhere.empty()) {
    log_warn(log, "programs of yet another network are cut off; start them again",
             {{"pods", joined(elsewhere)}});
  }
  if (!silent.empty()) {
    log_warn(log,
             "programs did not say which network they are in; if it is not this one they are "
             "cut off, so start them again",
             {{"pods", joined(silent)}});
  }
  return mesh;
}

}  // namespace seine::cli
