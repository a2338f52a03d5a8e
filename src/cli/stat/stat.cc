// SPDX-License-Identifier: Apache-2.0
// seine stat
#include <chrono>
#include <utility>

#include "cli/mesh/running_meshes.h"
#include "cli/stat/read_mesh.h"
#include "cli/stat/stat_output.h"
#include "cli/verb.h"

namespace seine::cli {

using telemetry::Resource;
using telemetry::ResourceKind;
using telemetry::StatPeer;
using telemetry::StatQuery;

namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::seconds kShortestWindow{15};
constexpr std::chrono::minutes kLongestWindow{10};

constexpr char kNotes[] =
    "TYPE is deploy, svc, ns or po. A service is counted by its callers, all else by\n"
    "itself; with --to or --from the callers count. Requests that their caller gave\n"
    "up are in RPS and in no SUCCESS, probes of health are in neither.\n"
    "\n"
    "  seine stat                         deployments of the namespace \"default\"\n"
    "  seine stat deploy/web -n shop      one of them\n"
    "  seine stat deploy --to svc/ledger  who calls the ledger, and how that goes\n"
    "  seine stat ns -t 10m -o json       all namespaces over ten minutes";

class Stat final : public Verb {
 public:
  VerbDeclaration declare() override;
  int run(const Invocation& invocation) override;

 private:
  Result<StatQuery> query() const;
  Result<std::optional<StatPeer>> peer(const char* flag, const std::string& resource,
                                       const std::string& ns) const;
  Result<Duration> window() const;
  Result<int> show(const Invocation& invocation) const;

  std::vector<std::string> resource_;
  std::string ns_ = "default";
  bool all_namespaces_ = false;
  std::string window_ = "1m";
  std::string to_;
  std::string to_ns_;
  std::string from_;
  std::string from_ns_;
  std::string output_ = "table";
};

VerbDeclaration Stat::declare() {
  return {
      .name = "stat",
      .summary = "success rate, requests and latency",
      .takes = {
          .flags = {{"-n,--namespace", "NS", "of the resource (default: default)", &ns_, {}},
                    {"-A,--all-namespaces", "", "of every namespace", &all_namespaces_, {}},
                    {"-t,--time-window", "TIME", "15s to 10m (default: 1m)", &window_, {}},
                    {"--to", "RESOURCE", "only what it sent there", &to_, {}},
                    {"--to-namespace", "NS", "of --to (default: that of -n)", &to_ns_, {}},
                    {"--from", "RESOURCE", "only what was sent from there", &from_, {}},
                    {"--from-namespace", "NS", "of --from (default: that of -n)", &from_ns_, {}},
                    {"-o,--output",
                     "FORMAT",
                     "table, wide or json",
                     &output_,
                     {"table", "wide", "json"}}},
          .positionals = {{.name = "RESOURCE",
                           .help = "TYPE, TYPE/NAME or TYPE NAME (default: deploy)",
                           .required = false,
                           .target = &resource_,
                           .choices = telemetry::short_kind_names()}},
          .notes = kNotes}};
}

Result<std::optional<StatPeer>> Stat::peer(const char* flag, const std::string& resource,
                                           const std::string& ns) const {
  const std::string own = all_namespaces_ ? "" : ns_;
  if (resource.empty()) {
    if (ns.empty()) return std::nullopt;
    return StatPeer{.resource = {.kind = ResourceKind::kNamespace, .name = ns}, .ns = ""};
  }
  auto parsed = telemetry::parse_resource(std::vector<std::string>{resource});
  if (!parsed) return fail(std::move(parsed.error()).with_context(flag));
  return StatPeer{.resource = *std::move(parsed), .ns = ns.empty() ? own : ns};
}

Result<StatQuery> Stat::query() const {
  auto resource =
      resource_.empty() ? Result<Resource>(Resource{}) : telemetry::parse_resource(resource_);
  if (!resource) return fail(std::move(resource.error()));
  auto to = peer("--to", to_, to_ns_);
  if (!to) return fail(std::move(to.error()));
  auto from = peer("--from", from_, from_ns_);
  if (!from) return fail(std::move(from.error()));
  if (*to && *from) {
    return fail(ErrorCode::kInvalidConfig, "--to and --from are asked about one at a time");
  }
  const bool is_everywhere = all_namespaces_ || resource->kind == ResourceKind::kNamespace;
  return StatQuery{.resource = *std::move(resource),
                   .ns = is_everywhere ? "" : ns_,
                   .to = *std::move(to),
                   .from = *std::move(from)};
}

Result<Duration> Stat::window() const {
  auto parsed = parse_duration(window_);
  if (!parsed) return fail(ErrorCode::kInvalidConfig, "-t: " + parsed.error().message);
  if (*parsed < kShortestWindow || *parsed > kLongestWindow) {
    return fail(ErrorCode::kInvalidConfig,
                "-t: from 15s, the least that says anything, to 10m, "
                "which is all that is kept");
  }
  return parsed;
}

Result<int> Stat::show(const Invocation& invocation) const {
  const auto asked = query();
  if (!asked) return fail(asked.error());
  const auto last = window();
  if (!last) return fail(last.error());
  const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
  if (!folder) return fail(folder.error());
  const auto mesh = read_mesh(invocation.clock, *folder, *last, kPatience);
  if (!mesh) return fail(mesh.error());
  const auto rows = telemetry::make_stat_rows(mesh->list, mesh->window, *asked);
  if (!rows) return fail(rows.error());
  const StatFormat format{
      .kind = asked->resource.kind,
      .has_namespaces = asked->ns.empty() && asked->resource.kind != ResourceKind::kNamespace,
      .is_wide = output_ == "wide"};
  const std::string note =
      telemetry::coverage_note(mesh->window, asked->to || asked->from ? "" : asked->ns);
  if (!note.empty()) say(note);
  if (output_ == "json") return print(stat_json(*rows, format)) ? kExitOk : kExitFailure;
  if (rows->empty()) {
    say("No traffic found.");
    return kExitOk;
  }
  return print(stat_table(*rows, format, invocation.terminal)) ? kExitOk : kExitFailure;
}

int Stat::run(const Invocation& invocation) {
  const auto shown = show(invocation);
  return shown ? *shown : complain(shown.error());
}

}  // namespace

std::unique_ptr<Verb> make_stat() {
  return std::make_unique<Stat>();
}

}  // namespace seine::cli
