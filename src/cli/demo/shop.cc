// SPDX-License-Identifier: Apache-2.0
#include "cli/demo/shop.h"

#include <fmt/format.h>

#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <system_error>
#include <utility>

#include "cli/mesh/programs.h"

namespace seine::cli {
namespace {

struct Replica {
  const char* name;
  const char* version;
};
constexpr Replica kPayments[] = {{"payments-1", "v1"}, {"payments-2", "v1"}, {"payments-3", "v2"}};

// No answer of the shop takes so long, on however busy a machine.
constexpr char kPatience[] = "40s";

ShopProgram program(const ShopOptions& options, const std::string& workload, std::string name,
                    const std::string& version, std::vector<std::string> own) {
  ShopProgram out{.name = std::move(name), .flags = {}, .command = {}};
  out.flags = {"--name",    workload, "--namespace", kShopNamespace,
               "--version", version,  "--label",     "app=shop"};
  out.command = {options.node, options.folder + "/build/" + workload + "/main.js",
                 "--replica",  out.name,
                 "--version",  version,
                 "--grace",    kPatience,
                 "--tally",    options.tallies + "/" + out.name + ".json"};
  for (std::string& flag : own) out.command.push_back(std::move(flag));
  return out;
}

void serve(ShopProgram& program, int port, const char* protocol) {
  program.flags.insert(program.flags.end(), {"--port", fmt::format("{}:{}", port, protocol)});
  program.command.insert(program.command.end(), {"--listen", fmt::format("127.0.0.1:{}", port)});
}

// As its README says what it is asked for.
void declare(ShopProgram& program, std::initializer_list<const char*> routes) {
  for (const char* route : routes) {
    program.flags.emplace_back("--route");
    program.flags.emplace_back(route);
  }
}

}  // namespace

std::vector<ShopProgram> shop_services(const ShopOptions& options) {
  std::vector<ShopProgram> out;
  ShopProgram mail = program(options, "mail", "mail", "v1", {});
  serve(mail, 2525, "opaque");
  out.push_back(std::move(mail));
  for (const Replica& replica : kPayments) {
    std::vector<std::string> own{
        "--fail",    fmt::format("POST:/purchase={}", options.failure_rate),
        "--delay",   "/test-mail=10ms..40ms",
        "--timeout", kPatience};
    if (options.v2_failure_rate && std::string_view(replica.version) == "v2") {
      own.insert(own.end(),
                 {"--fail", fmt::format("POST:/purchase={}:from=web", *options.v2_failure_rate)});
    }
    ShopProgram payments =
        program(options, "payments", replica.name, replica.version, std::move(own));
    serve(payments, 8082, "http1");
    declare(payments, {"purchase=POST:/purchase", "reset=POST:/reset", "test-mail=GET:/test-mail",
                       "wake=GET:/wake"});
    out.push_back(std::move(payments));
  }
  ShopProgram ledger =
      program(options, "ledger", "ledger", "v1", {"--delay", "Statement=5ms..20ms"});
  serve(ledger, 9090, "grpc");
  declare(ledger, {"record=grpc:shop.Ledger/Record", "statement=grpc:shop.Ledger/Statement"});
  out.push_back(std::move(ledger));
  ShopProgram graph =
      program(options, "graph", "graph", "v1",
              {"--timeout", kPatience, "--error", fmt::format("menu={}", options.failure_rate)});
  serve(graph, 8084, "http1");
  declare(graph, {"graphql=POST:/graphql"});
  out.push_back(std::move(graph));
  ShopProgram web = program(options, "web", "web", "v1", {"--timeout", kPatience});
  serve(web, 8080, "http1");
  declare(web, {"home=GET:/", "buy=POST:/buy", "reset=POST:/reset", "mail=GET:/mail",
                "wake=GET:/wake", "statement=GET:/statement"});
  out.push_back(std::move(web));
  return out;
}

ShopProgram shop_traffic(const ShopOptions& options) {
  std::vector<std::string> own{"--timeout", kPatience, "--rate", fmt::format("{}", options.rate)};
  if (options.time > Duration::zero()) {
    own.insert(own.end(), {"--for", format_duration(options.time)});
  }
  ShopProgram out = program(options, "traffic", "traffic", "v1", std::move(own));
  out.serves = false;
  return out;
}

Result<std::string> find_shop(const std::string& flag) {
  std::vector<std::filesystem::path> places;
  std::error_code failed;
  if (!flag.empty()) {
    places.push_back(std::filesystem::absolute(flag, failed));
  } else if (const auto self = std::filesystem::read_symlink("/proc/self/exe", failed); !failed) {
    places.push_back(self.parent_path() / "../share/seine/examples/shop");
    places.push_back(self.parent_path() / "../../../examples/shop");
  }
  for (const auto& place : places) {
    if (!std::filesystem::exists(place / "package.json", failed)) continue;
    const std::string folder = place.lexically_normal();
    if (!std::filesystem::exists(place / "build/traffic/main.js", failed)) {
      return fail(ErrorCode::kInvalidConfig, "the shop in " + folder + " is not built: cd " +
                                                 folder + " && npm ci && npm run build");
    }
    return folder;
  }
  return fail(ErrorCode::kInvalidConfig,
              (flag.empty() ? std::string("the example shop is not where seine looks for it")
                            : flag + " is not the example shop") +
                  "; name its folder with --shop");
}

Result<std::string> find_node(const Environment& environment) {
  auto found = find_program("node", environment);
  if (found) return found;
  return fail(ErrorCode::kUnavailable,
              "the shop's programs need Node.js 20.19 or later, and there is no node on PATH");
}

}  // namespace seine::cli
