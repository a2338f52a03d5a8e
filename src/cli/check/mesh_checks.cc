// SPDX-License-Identifier: Apache-2.0
#include "cli/check/mesh_checks.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/check/mesh_dns.h"
#include "cli/check/mesh_view.h"
#include "cli/mesh/running_meshes.h"
#include "grpc/status.h"

namespace seine::cli {

namespace api = seine::registry::v1;
using namespace std::chrono_literals;
using runtime::Task;

namespace {

constexpr std::uint64_t kMinRoom = std::uint64_t{256} << 20;
constexpr Duration kMaxSkew = 5min;
// They are delivered within seconds, unless something is wrong.
constexpr std::size_t kMaxLedgers = 100;

CheckVerdict holds_or(Result<void> result) {
  if (!result) return fail(std::move(result.error()));
  return CheckAnswer::kHolds;
}

CheckVerdict runs(MeshView& view) {
  if (mesh_runs(view.folder)) return CheckAnswer::kHolds;
  return fail(ErrorCode::kUnavailable, "no mesh runs in " + view.folder.path);
}

CheckVerdict is_closed(MeshView& view) {
  struct stat found{};
  if (::stat(view.folder.path.c_str(), &found) != 0) {
    return fail_errno(ErrorCode::kUnavailable, errno, view.folder.path + " cannot be looked at");
  }
  if ((found.st_mode & 077) == 0) return CheckAnswer::kHolds;
  return fail(ErrorCode::kUnavailable, view.folder.path + " is open to others, and holds keys");
}

CheckVerdict has_room(MeshView& view) {
  return check_room(view.folder.path);
}

// Blocks for as long as enter_mesh() does. A process may enter once.
CheckVerdict can_be_entered(MeshView& view) {
  if (view.access) return CheckAnswer::kHolds;
  auto access = enter_mesh(view.folder);
  if (!access) return fail(std::move(access.error()));
  view.access = *std::move(access);
  return CheckAnswer::kHolds;
}

Task<CheckVerdict> controller_answers(MeshView& view) {
  auto described =
      co_await view.registry.call<api::DescribeResponse>("Describe", api::DescribeRequest());
  if (!described) {
    Error error = std::move(described.error());
    if (error.code == ErrorCode::kTimeout) {
      error.message =
          "the controller had not answered after " + format_duration(MeshView::kCheckPatience);
    }
    if (grpc::status_code(error) == grpc::StatusCode::kUnimplemented) {
      error.message = "the controller is older than this seine and cannot describe itself";
    }
    co_return fail(std::move(error));
  }
  view.described = *std::move(described);
  view.described_at = view.loop.clock().wall_now();
  co_return CheckAnswer::kHolds;
}

CheckVerdict versions_match(MeshView& view) {
  if (view.described->version() == view.version) return CheckAnswer::kHolds;
  return fail(ErrorCode::kUnavailable,
              "the controller is " + view.described->version() + ", this seine is " + view.version);
}

CheckVerdict clocks_agree(MeshView& view) {
  const WallTime theirs{std::chrono::seconds(view.described->now().seconds())};
  const Duration skew = *view.described_at - theirs;
  if (skew <= kMaxSkew && skew >= -kMaxSkew) return CheckAnswer::kHolds;
  return fail(ErrorCode::kUnavailable, "the controller's clock says " + format_rfc3339(theirs) +
                                           ", ours " + format_rfc3339(*view.described_at));
}

CheckVerdict authorities_are_read(MeshView& view) {
  auto read =
      read_authorities(view.described->mesh().trust_anchors_pem(), view.described->issuer_pem());
  if (!read) return fail(std::move(read.error()));
  view.authorities = *std::move(read);
  return CheckAnswer::kHolds;
}

CheckVerdict anchors_are_valid(MeshView& view) {
  return none_of("not valid now", not_valid_now(view.authorities->anchors, *view.described_at));
}
CheckVerdict anchors_last(MeshView& view) {
  return none_of("less than 60 days are left",
                 ending_soon(view.authorities->anchors, *view.described_at));
}
CheckVerdict issuer_is_valid(MeshView& view) {
  return none_of("not valid now", not_valid_now(view.authorities->issuer, *view.described_at));
}
CheckVerdict issuer_lasts(MeshView& view) {
  return none_of("less than 60 days are left",
                 ending_soon(view.authorities->issuer, *view.described_at));
}
CheckVerdict issuer_is_signed(MeshView& view) {
  return holds_or(check_issued_by_anchor(*view.authorities));
}

// A service's name and address, else the cluster domain, of which any answer will do.
DnsQuestion choose_question(const std::string& domain, const api::ListResponse& list) {
  for (const api::ListedService& service : list.services()) {
    if (service.ips_size() == 0) continue;
    return {.name = service.name() + "." + service.namespace_() + ".svc." + domain,
            .expected = service.ips(0)};
  }
  return {.name = domain, .expected = ""};
}

Task<CheckVerdict> names_are_answered(MeshView& view) {
  if (!view.access) co_return CheckAnswer::kSkipped;
  auto list = co_await view.registry.call<api::ListResponse>("List", api::ListRequest());
  if (!list) co_return fail(std::move(list.error()));
  DnsQuestion question = choose_question(view.described->mesh().cluster_domain(), *list);
  question.server = {view.access->network.plan.hub(), 53};
  view.listed = *std::move(list);
  co_return holds_or(ask_mesh_dns(view.access->hub, view.loop.clock(), question));
}

CheckVerdict counts_are_delivered(MeshView& view) {
  std::size_t ledgers = 0;
  std::error_code failed;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator(view.folder.ledgers(), failed)) {
    ++ledgers;
  }
  if (ledgers <= kMaxLedgers) return CheckAnswer::kHolds;
  return fail(
      ErrorCode::kUnavailable,
      std::to_string(ledgers) + " ledgers of dead proxies wait in " + view.folder.ledgers());
}

CheckCategory mesh_category(MeshView& view) {
  const std::string& path = view.folder.path;
  CheckCategory out{.name = "mesh", .checks = {}};
  out.checks.push_back({.description = "a mesh runs in " + path,
                        .hint = "start one with `seine up`, or name its folder with --dir",
                        .look = look_by(view, &runs),
                        .is_retried = true,
                        .is_fatal = true});
  out.checks.push_back({.description = "the state folder is closed to others",
                        .hint = "chmod 700 " + path,
                        .look = look_by(view, &is_closed)});
  out.checks.push_back({.description = "the state folder has room",
                        .hint = "free some space: keys, leases and counts are written there",
                        .look = look_by(view, &has_room),
                        .is_warning = true});
  out.checks.push_back(
      {.description = "the controller answers",
       .hint = "`seine up` starts it again; if it stays away, its terminal says why",
       .look = look_by(view, &controller_answers),
       .is_retried = true,
       .is_fatal = true});
  out.checks.push_back({.description = "the mesh's network can be entered",
                        .hint = "be the user who started the mesh, or restart `seine up`",
                        .look = look_by(view, &can_be_entered),
                        .deadline = 7s,
                        .is_retried = true});
  return out;
}

CheckCategory controller_category(MeshView& view) {
  CheckCategory out{.name = "control-plane", .checks = {}};
  out.checks.push_back({.description = "controller and cli versions match",
                        .hint = "restart `seine up` with this version",
                        .look = look_by(view, &versions_match),
                        .is_warning = true});
  out.checks.push_back({.description = "the clocks of controller and cli agree",
                        .hint = "set the clock: certificates are valid by it",
                        .look = look_by(view, &clocks_agree)});
  out.checks.push_back({.description = "names of the mesh are answered by its DNS",
                        .hint = "restart `seine up`; its log says why if it goes on",
                        .look = look_by(view, &names_are_answered),
                        .is_retried = true});
  out.checks.push_back({.description = "counts of dead proxies are delivered",
                        .hint = "`seine up` delivers them every few seconds; its log says why not",
                        .look = look_by(view, &counts_are_delivered),
                        .is_warning = true});
  return out;
}

CheckCategory identity_category(MeshView& view) {
  CheckCategory out{.name = "identity", .checks = {}};
  const std::string anchors =
      "put a new root into DIR/state/trust-anchors.pem, and restart mesh and pods";
  const std::string issuer =
      "put root.pem and root.key into DIR/state: the controller makes a new issuer";
  out.checks.push_back({.description = "trust anchors and issuer certificate can be read",
                        .hint = anchors,
                        .look = look_by(view, &authorities_are_read),
                        .is_fatal = true});
  out.checks.push_back({.description = "trust anchors are within their validity period",
                        .hint = anchors,
                        .look = look_by(view, &anchors_are_valid)});
  out.checks.push_back({.description = "trust anchors are valid for at least 60 days",
                        .hint = anchors,
                        .look = look_by(view, &anchors_last),
                        .is_warning = true});
  out.checks.push_back({.description = "issuer certificate is within its validity period",
                        .hint = issuer,
                        .look = look_by(view, &issuer_is_valid)});
  out.checks.push_back({.description = "issuer certificate is valid for at least 60 days",
                        .hint = issuer,
                        .look = look_by(view, &issuer_lasts),
                        .is_warning = true});
  out.checks.push_back({.description = "issuer certificate is issued by a trust anchor",
                        .hint = issuer,
                        .look = look_by(view, &issuer_is_signed)});
  return out;
}

}  // namespace

CheckVerdict check_room(const std::string& folder) {
  struct statvfs found{};
  if (::statvfs(folder.c_str(), &found) != 0) {
    return fail_errno(ErrorCode::kUnavailable, errno, folder + " cannot be looked at");
  }
  const std::uint64_t room = std::uint64_t{found.f_bavail} * found.f_frsize;
  if (room >= kMinRoom) return CheckAnswer::kHolds;
  return fail(ErrorCode::kUnavailable, folder + " has " + std::to_string(room >> 20) +
                                           " MiB left, less than " +
                                           std::to_string(kMinRoom >> 20));
}

std::vector<CheckCategory> mesh_checks(MeshView& view) {
  std::vector<CheckCategory> out;
  out.push_back(mesh_category(view));
  out.push_back(controller_category(view));
  out.push_back(identity_category(view));
  out.push_back(dive_checks(view));
  return out;
}

}  // namespace seine::cli
