// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/mesh_access.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "json/fields.h"
#include "json/writer.h"
#include "netns/fd_passing.h"
#include "netns/user_namespace.h"
#include "runtime/socket.h"

namespace seine::cli {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr Duration kPatience = std::chrono::seconds(5);

timeval timeval_of(Duration time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return {.tv_sec = whole.count(),
          .tv_usec = std::chrono::floor<std::chrono::microseconds>(time - whole).count()};
}

std::optional<IpNet> take_net(json::Fields& fields, std::string_view key) {
  const std::string text = fields.text_or(key, "");
  if (text.empty()) return std::nullopt;
  const Result<IpNet> net = IpNet::parse(text);
  if (!net) fields.add_error(key, net.error().message);
  return net ? std::optional(*net) : std::nullopt;
}

}  // namespace

std::string MeshNetwork::to_json() const {
  json::Writer out;
  out.begin_object().key("version").integer(kVersion);
  out.key("pods").string(plan.pods.to_string());
  out.key("services").string(plan.services.to_string());
  if (plan.pods_v6) out.key("pods_v6").string(plan.pods_v6->to_string());
  out.key("registry_socket").string(registry_socket);
  if (proxy_uid) out.key("proxy_uid").integer(*proxy_uid);
  out.key("has_user_namespace").boolean(has_user_namespace);
  out.key("has_dive").boolean(has_dive);
  out.key("report_every_seconds")
      .integer(std::chrono::floor<std::chrono::seconds>(report_every).count());
  out.end_object();
  return std::move(out).take();
}

Result<MeshNetwork> MeshNetwork::from_json(const std::string& text) {
  const auto value = json::parse(text);
  if (!value) return fail(ErrorCode::kProtocol, "what `seine up` says is no JSON");
  json::Fields fields(*value, "seine up");
  const std::int64_t version = fields.integer("version", 1, 1'000'000);
  if (version != kVersion) {
    return fail(ErrorCode::kProtocol,
                "the mesh was started by another version of seine; restart it with this one");
  }
  MeshNetwork network;
  network.plan.pods = take_net(fields, "pods").value_or(IpNet());
  network.plan.services = take_net(fields, "services").value_or(IpNet());
  network.plan.pods_v6 = take_net(fields, "pods_v6");
  network.registry_socket = fields.text("registry_socket");
  const std::int64_t uid = fields.integer_or("proxy_uid", -1, -1, 0xffff'fffe);
  if (uid >= 0) network.proxy_uid = static_cast<uid_t>(uid);
  network.has_user_namespace = fields.boolean_or("has_user_namespace", false);
  network.has_dive = fields.boolean_or("has_dive", false);
  network.report_every = std::chrono::seconds(fields.integer_or("report_every_seconds", 10, 1, 60));
  if (auto done = fields.finish(); !done) {
    done.error().code = ErrorCode::kProtocol;
    return fail(std::move(done.error()));
  }
  return network;
}

Result<std::unique_ptr<MeshDoor>> MeshDoor::open(runtime::EventLoop& loop, const Log& log,
                                                 const std::string& socket, MeshNetwork network,
                                                 const netns::NetworkNamespace& hub) {
  auto listener = runtime::Listener::unix_socket(loop, socket);
  if (!listener) return fail(std::move(listener.error()));
  return std::unique_ptr<MeshDoor>(
      new MeshDoor(loop, log, *std::move(listener), std::move(network), hub));
}

MeshDoor::MeshDoor(runtime::EventLoop& loop, const Log& log,
                   std::unique_ptr<runtime::Listener> listener, MeshNetwork network,
                   const netns::NetworkNamespace& hub)
    : loop_(loop),
      log_(log),
      listener_(std::move(listener)),
      message_(network.to_json()),
      has_user_namespace_(network.has_user_namespace),
      hub_(hub),
      scope_(loop, [](Error) {}) {
  scope_.spawn(accept_all());
}

runtime::Task<void> MeshDoor::accept_all() {
  for (;;) {
    auto socket = co_await listener_->accept();
    if (!socket) co_return;
    if (const auto given = hand_over((*socket)->fd()); !given) {
      log_warn(log_, "a caller was not handed the mesh's network",
               {{"reason", given.error().to_string()}});
    }
  }
}

Result<void> MeshDoor::hand_over(int socket) const {
  const auto peer = netns::peer_credentials(socket);
  if (!peer) return fail(peer.error());
  if (peer->uid != ::geteuid() && peer->uid != 0) {
    return fail(ErrorCode::kUnauthorized, "uid " + std::to_string(peer->uid) + " asked for it");
  }
  std::vector<int> descriptors{hub_.fd()};
  Descriptor user;
  if (has_user_namespace_) {
    auto own = netns::current_user_namespace();
    if (!own) return fail(std::move(own.error()));
    user = *std::move(own);
    descriptors.push_back(user.get());
  }
  return netns::send_descriptors(socket, message_, descriptors);
}

Result<MeshOffer> ask_door(const std::string& path, Duration patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::kInvalidConfig,
                path + " is too long for a unix socket; choose a shorter --dir");
  }
  std::ranges::copy(path, address.sun_path);
  const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return fail_errno(ErrorCode::kInternal, errno, "cannot make a socket");
  const timeval limit = timeval_of(patience);
  for (const int side : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    ::setsockopt(socket.get(), SOL_SOCKET, side, &limit, sizeof limit);
  }
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return fail_errno(ErrorCode::kUnavailable, errno, "nobody answers at " + path);
  }
  auto message = netns::receive_descriptors(socket.get());
  if (!message) return fail(std::move(message.error()).with_context(path));
  auto network = MeshNetwork::from_json(message->text);
  if (!network) return fail(std::move(network.error()));
  const std::size_t expected = network->has_user_namespace ? 2 : 1;
  if (message->descriptors.size() != expected) {
    return fail(ErrorCode::kProtocol, path + " handed over " +
                                          std::to_string(message->descriptors.size()) +
                                          " descriptors instead of " + std::to_string(expected));
  }
  auto hub = netns::NetworkNamespace::adopt(std::move(message->descriptors[0]));
  if (!hub) return fail(std::move(hub.error()));
  MeshOffer offer{*std::move(network), *std::move(hub), std::nullopt};
  if (expected == 2) offer.user_namespace = std::move(message->descriptors[1]);
  return offer;
}

Result<MeshAccess> accept_offer(MeshOffer offer) {
  if (offer.user_namespace) {
    auto joined = netns::join_user_namespace(*offer.user_namespace);
    if (!joined) return fail(std::move(joined.error()));
  }
  return MeshAccess{std::move(offer.network), std::move(offer.hub)};
}

Result<MeshAccess> enter_mesh(const MeshFolder& folder) {
  auto offer = ask_door(folder.socket(), kPatience);
  if (offer) return accept_offer(*std::move(offer));
  const Error& error = offer.error();
  if (error.cause != Error::Cause::kErrno || error.code != ErrorCode::kUnavailable) {
    return fail(std::move(offer.error()));
  }
  if (error.cause_code == EACCES || error.cause_code == EPERM) {
    return fail(ErrorCode::kUnavailable, "the mesh in " + folder.path +
                                             " belongs to another user; be that user, or start "
                                             "your own with `seine up`");
  }
  return fail(no_mesh(folder));
}

}  // namespace seine::cli
