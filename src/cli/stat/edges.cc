// SPDX-License-Identifier: Apache-2.0
// seine edges
#include <chrono>
#include <utility>

#include "cli/mesh/running_meshes.h"
#include "cli/stat/edge_output.h"
#include "cli/stat/read_mesh.h"
#include "cli/verb.h"

namespace seine::cli {

using telemetry::Resource;

namespace {

constexpr std::chrono::seconds kPatience{5};
// All that is kept: a caller that is seldom heard is one nevertheless.
constexpr std::chrono::minutes kWindow{10};

constexpr char kNotes[] =
    "Who spoke to whom within ten minutes. SECURED is a mark where all of it was\n"
    "mutual TLS, else the reason why some was not. What comes from outside of the\n"
    "mesh, or goes there, has no edge.\n"
    "\n"
    "  seine edges -n shop            between deployments, one end in \"shop\"\n"
    "  seine edges po -A -o wide      between pods, with identities";

class Edges final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "edges",
        .summary = "who speaks to whom, and whether it is secured",
        .takes = {.flags = {{"-n,--namespace", "NS", "of one end (default: default)", &ns_, {}},
                            {"-A,--all-namespaces", "", "of every namespace", &all_namespaces_, {}},
                            {"-o,--output",
                             "FORMAT",
                             "table, wide or json",
                             &output_,
                             {"table", "wide", "json"}}},
                  .positionals = {{.name = "RESOURCE",
                                   .help = "deploy (the default) or po, or TYPE/NAME",
                                   .required = false,
                                   .target = &resource_,
                                   .choices = {"deploy", "po"}}},
                  .notes = kNotes}};
  }

  int run(const Invocation& invocation) override {
    const auto shown = show(invocation);
    return shown ? *shown : complain(shown.error());
  }

 private:
  Result<int> show(const Invocation& invocation) const {
    const auto resource =
        resource_.empty() ? Result<Resource>(Resource{}) : telemetry::parse_resource(resource_);
    if (!resource) return fail(resource.error());
    const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
    if (!folder) return fail(folder.error());
    const auto mesh = read_mesh(invocation.clock, *folder, kWindow, kPatience);
    if (!mesh) return fail(mesh.error());
    const auto edges =
        telemetry::make_edges(mesh->list, mesh->window, *resource, all_namespaces_ ? "" : ns_);
    if (!edges) return fail(edges.error());
    if (output_ == "json") return print(edges_json(*edges)) ? kExitOk : kExitFailure;
    if (edges->empty()) {
      say("No edges found.");
      return kExitOk;
    }
    const std::string table = edges_table(*edges, output_ == "wide", invocation.terminal);
    return print(table) ? kExitOk : kExitFailure;
  }

  std::vector<std::string> resource_;
  std::string ns_ = "default";
  bool all_namespaces_ = false;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_edges_verb() {
  return std::make_unique<Edges>();
}

}  // namespace seine::cli
