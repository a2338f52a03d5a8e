// SPDX-License-Identifier: Apache-2.0
// seine tap
#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/mesh/mesh_folder.h"
#include "cli/mesh/registry_client.h"
#include "cli/mesh/running_meshes.h"
#include "cli/tap/tap_lines.h"
#include "cli/verb.h"
#include "grpc/client.h"
#include "http/http2_client.h"
#include "runtime/combine.h"
#include "runtime/end_signals.h"
#include "runtime/socket.h"
#include "runtime/task_scope.h"
#include "seine/registry/v1/registry.pb.h"
#include "telemetry/figures/resource.h"

namespace seine::cli {

using telemetry::ResourceKind;

namespace api = seine::registry::v1;
namespace wire = seine::tap::v1;
using runtime::Task;

namespace {

constexpr char kWatch[] = "/seine.tap.v1.Tap/Watch";

std::unexpected<Error> refuse(std::string_view flag, std::string_view why) {
  return fail(ErrorCode::kInvalidConfig, std::string(flag) + ": " + std::string(why));
}

// All of it is the number, or it is none.
template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  return problem == std::errc() && end == text.data() + text.size();
}

// The names there are of a kind, in a namespace if one is given.
std::vector<std::string> names_of(const api::ListResponse& list, const wire::Resource& like) {
  std::vector<std::string> out;
  const auto is_meant = [&](const std::string& ns) {
    return like.namespace_().empty() || like.namespace_() == ns;
  };
  for (const auto& workload : list.workloads()) {
    if (like.kind() == "namespace") out.push_back(workload.namespace_());
    if (!is_meant(workload.namespace_())) continue;
    if (like.kind() == "deployment") out.push_back(workload.name());
    if (like.kind() != "pod") continue;
    for (const auto& pod : workload.pods()) out.push_back(pod.name());
  }
  if (like.kind() != "service") return out;
  for (const auto& service : list.services()) {
    if (is_meant(service.namespace_())) out.push_back(service.name());
  }
  return out;
}

class Tap final : public Verb {
 public:
  VerbDeclaration declare() override;
  int run(const Invocation& invocation) override;

 private:
  Result<wire::WatchRequest> read_flags() const;
  Result<void> read_target(wire::Resource& out) const;
  Result<void> read_destination(wire::WatchRequest& out) const;
  // Until the stream ends or nobody reads any more.
  Task<Result<void>> watch(runtime::EventLoop& loop, const MeshFolder& folder);
  bool show(const wire::WatchEvent& event) const;
  // Names what somebody may have meant.
  static Task<Error> explain(runtime::EventLoop& loop, const MeshFolder& folder,
                             wire::WatchRequest request, Error error);

  std::vector<std::string> resource_;
  std::string ns_ = "default";
  bool all_namespaces_ = false;
  std::string to_;
  std::string to_namespace_;
  std::string scheme_;
  std::string method_;
  std::string authority_;
  std::string path_;
  std::string max_rps_ = "100";
  std::string for_;
  std::string limit_;
  std::string output_;
  bool show_secrets_ = false;
  wire::WatchRequest request_;
};

VerbDeclaration Tap::declare() {
  return {
      .name = "tap",
      .summary = "watch requests as they pass",
      .hidden = false,
      .takes = {
          .flags = {{"-n,--namespace", "NS", "of the resource (default: default)", &ns_, {}},
                    {"-A,--all-namespaces", "", "of all namespaces", &all_namespaces_, {}},
                    {"--to", "RESOURCE", "only requests to it, as svc/payments", &to_, {}},
                    {"--to-namespace",
                     "NS",
                     "of --to (default: that of the resource)",
                     &to_namespace_,
                     {}},
                    {"--method", "METHOD", "only these, as POST", &method_, {}},
                    {"--path", "PREFIX", "only paths that begin so", &path_, {}},
                    {"--authority", "NAME", "only this :authority or Host", &authority_, {}},
                    {"--scheme", "SCHEME", "only http, or only https", &scheme_, {}},
                    {"--max-rps", "N", "requests a second, of all (default: 100)", &max_rps_, {}},
                    {"--for", "DURATION", "end after so long, as 30s", &for_, {}},
                    {"--limit", "N", "end after so many requests", &limit_, {}},
                    {"-o,--output",
                     "FORMAT",
                     "wide adds names and routes, json headers",
                     &output_,
                     {"wide", "json"}},
                    {"--show-secrets",
                     "",
                     "do not mask credentials and query values",
                     &show_secrets_,
                     {}}},
          .positionals = {{.name = "RESOURCE",
                           .help = "TYPE, TYPE/NAME or TYPE NAME; deploy, po, svc or ns",
                           .required = true,
                           .target = &resource_,
                           .choices = telemetry::short_kind_names()}},
          .notes = "Ends with Ctrl-C. Credentials and query values are shown as ***."}};
}

Result<void> Tap::read_target(wire::Resource& out) const {
  const auto resource = telemetry::parse_resource(resource_);
  if (!resource) return fail(Error(resource.error()).with_context("tap"));
  const bool is_in_namespace = resource->kind != ResourceKind::kNamespace;
  out.set_kind(std::string(telemetry::kind_name(resource->kind)));
  out.set_name(resource->name);
  if (is_in_namespace && !all_namespaces_) out.set_namespace_(ns_);
  if (is_in_namespace && all_namespaces_ && !resource->name.empty()) {
    return refuse("tap", "-A is for all of a kind; " + resource->name + " is in one namespace");
  }
  return {};
}

Result<void> Tap::read_destination(wire::WatchRequest& out) const {
  if (to_.empty()) {
    if (to_namespace_.empty()) return {};
    out.mutable_to()->set_kind("namespace");
    out.mutable_to()->set_name(to_namespace_);
    return {};
  }
  const std::vector<std::string> words{to_};
  const auto to = telemetry::parse_resource(words);
  if (!to) return fail(Error(to.error()).with_context("--to"));
  out.mutable_to()->set_kind(std::string(telemetry::kind_name(to->kind)));
  out.mutable_to()->set_name(to->name);
  if (to->kind != ResourceKind::kNamespace) {
    out.mutable_to()->set_namespace_(to_namespace_.empty() ? ns_ : to_namespace_);
  }
  return {};
}

Result<wire::WatchRequest> Tap::read_flags() const {
  wire::WatchRequest request;
  if (auto read = read_target(*request.mutable_target()); !read) return fail(read.error());
  if (auto read = read_destination(request); !read) return fail(read.error());
  double rps = 0;
  if (!read_number(max_rps_, rps) || !(rps > 0 && rps <= 100'000)) {
    return refuse("--max-rps", "expected a number above zero, at most 100000");
  }
  request.set_max_rps(rps);
  if (!for_.empty()) {
    const auto duration = parse_duration(for_);
    if (!duration || *duration <= Duration::zero() || *duration > std::chrono::hours(24)) {
      return refuse("--for", "expected a time above zero, at most 24h, as 30s");
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*duration);
    request.mutable_for_()->set_seconds(seconds.count());
    request.mutable_for_()->set_nanos(static_cast<std::int32_t>((*duration - seconds).count()));
  }
  if (!limit_.empty()) {
    std::uint32_t limit = 0;
    if (!read_number(limit_, limit) || limit == 0 || limit > 1'000'000) {
      return refuse("--limit", "expected a number from 1 to 1000000");
    }
    request.set_limit(limit);
  }
  request.set_scheme(scheme_);
  request.set_method(method_);
  request.set_authority(authority_);
  request.set_path_prefix(path_);
  request.set_headers(output_ == "json");
  request.set_show_secrets(show_secrets_);
  return request;
}

bool Tap::show(const wire::WatchEvent& event) const {
  if (event.has_tapped()) {
    if (output_ == "json") return print(tap_json(event.tapped()));
    const std::string kind = output_ == "wide" ? request_.target().kind() : std::string();
    return print(tap_line(event.tapped(), kind));
  }
  if (event.has_proxy() && !event.proxy().watched()) {
    complain("po/" + event.proxy().pod() + " in " + event.proxy().namespace_() +
             " is not watched: " + event.proxy().reason());
  }
  return true;
}

Task<Error> Tap::explain(runtime::EventLoop& loop, const MeshFolder& folder,
                         wire::WatchRequest request, Error error) {
  if (grpc::status_code(error) != grpc::StatusCode::kNotFound) co_return error;
  error = make_error(ErrorCode::kNotFound, grpc::to_status(error).message);
  RegistryClient registry(loop, folder.registry_socket());
  const auto list = co_await registry.call<api::ListResponse>("List", api::ListRequest());
  if (!list) co_return error;
  for (const wire::Resource* missing : {&request.target(), &request.to()}) {
    const auto kind = telemetry::parse_kind(missing->kind());
    if (!kind || missing->name().empty()) continue;
    const auto names = names_of(*list, *missing);
    if (std::ranges::find(names, missing->name()) != names.end()) continue;
    co_return telemetry::no_such_resource({*kind, missing->name()}, missing->namespace_(), names);
  }
  co_return error;
}

Task<Result<void>> Tap::watch(runtime::EventLoop& loop, const MeshFolder& folder) {
  auto socket = co_await runtime::connect_unix(loop, folder.registry_socket());
  if (!socket) co_return fail(no_mesh(folder));
  http::Http2Client client(loop, *std::move(socket), http::Http2Options{});
  const grpc::Channel channel(loop, client, "registry");
  auto events = channel.stream<wire::WatchEvent>(kWatch, request_);
  for (;;) {
    auto event = co_await events.next();
    if (!event) co_return fail(co_await explain(loop, folder, request_, std::move(event.error())));
    if (!*event || !show(**event)) co_return Result<void>();
  }
}

int Tap::run(const Invocation& invocation) {
  auto request = read_flags();
  if (!request) return complain(request.error());
  request_ = *std::move(request);
  const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
  if (!folder) return complain(folder.error());

  runtime::EventLoop loop(invocation.clock);
  runtime::EndSignals signals(loop);
  int code = kExitOk;
  struct Local {
    static Task<void> run(Tap& tap, runtime::EventLoop& loop, runtime::EndSignals& signals,
                          const MeshFolder& folder, int& code) {
      auto first = co_await runtime::race(tap.watch(loop, folder), signals.next());
      if (first.index() == 0 && !std::get<0>(first)) code = complain(std::get<0>(first).error());
      loop.stop();
    }
  };
  runtime::TaskScope scope(loop, [](Error) {});
  scope.spawn(Local::run(*this, loop, signals, *folder, code));
  loop.run();
  return code;
}

}  // namespace

std::unique_ptr<Verb> make_tap() {
  return std::make_unique<Tap>();
}

}  // namespace seine::cli
