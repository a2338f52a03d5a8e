// SPDX-License-Identifier: Apache-2.0
// seine version
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "cli/mesh/registry_client.h"
#include "cli/mesh/running_meshes.h"
#include "cli/verb.h"
#include "cli/version_text.h"
#include "runtime/task_scope.h"
#include "seine/registry/v1/registry.pb.h"

namespace seine::cli {

namespace registry = seine::registry::v1;
namespace telemetry = seine::telemetry::v1;
using runtime::Task;

namespace {

constexpr std::chrono::seconds kPatience{2};
constexpr char kRead[] = "/seine.telemetry.v1.Window/Read";
// Nothing is asked of the counts but who they are from.
constexpr std::chrono::seconds kSpan{10};

struct Answers {
  std::optional<Result<registry::DescribeResponse>> server;
  std::optional<Result<telemetry::ReadResponse>> proxies;
};

Task<void> ask(runtime::EventLoop& loop, const MeshFolder& folder, bool proxies, Answers& out) {
  RegistryClient client(loop, folder.registry_socket(), kPatience);
  out.server =
      co_await client.call<registry::DescribeResponse>("Describe", registry::DescribeRequest());
  if (proxies && *out.server) {
    telemetry::ReadRequest request;
    request.mutable_last()->set_seconds(kSpan.count());
    out.proxies = co_await client.call<telemetry::ReadResponse>(kRead, std::move(request));
  }
  loop.stop();
}

class Version final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "version",
            .summary = "print versions",
            .takes = {
                .flags = {{"--short", "", "the bare version, nothing else", &short_, {}},
                          {"--client", "", "only of this program", &client_, {}},
                          {"--proxy", "", "of the proxies, too", &proxy_, {}},
                          {"-n,--namespace", "NS", "of whose proxies (default: all)", &ns_, {}},
                          {"-o,--output", "FORMAT", "table or json", &output_, {"table", "json"}}},
            }};
  }

  int run(const Invocation& invocation) override {
    if (short_) return print(invocation.version + "\n") ? kExitOk : kExitFailure;
    Versions versions{.client = invocation.version};
    if (!client_) {
      const auto asked = ask_mesh(invocation, versions);
      // Who asks for the proxies wants to know why there are none.
      if (!asked && proxy_) return complain(asked.error());
    }
    const std::string text =
        output_ == "json" ? version_json(versions, client_) : version_text(versions, client_);
    return print(text) ? kExitOk : kExitFailure;
  }

 private:
  // Blocks, for at most twice kPatience.
  Result<void> ask_mesh(const Invocation& invocation, Versions& versions) const {
    const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
    if (!folder) return fail(folder.error());
    runtime::EventLoop loop(invocation.clock);
    Answers answers;
    {
      runtime::TaskScope scope(loop, [](Error) {});
      scope.spawn(ask(loop, *folder, proxy_, answers));
      loop.run();
    }
    if (!*answers.server) {
      const Error& error = answers.server->error();
      const bool is_nobody = error.cause == Error::Cause::kErrno;
      return fail(is_nobody ? no_mesh(*folder) : error);
    }
    versions.server = (*answers.server)->version();
    if (!answers.proxies) return {};
    if (!*answers.proxies) return fail(answers.proxies->error());
    versions.proxies = count_proxies(**answers.proxies, ns_);
    return {};
  }

  bool short_ = false;
  bool client_ = false;
  bool proxy_ = false;
  std::string ns_;
  std::string output_ = "table";
};

}  // namespace

std::unique_ptr<Verb> make_version() {
  return std::make_unique<Version>();
}

}  // namespace seine::cli
