// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/run_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace seine::cli {
namespace {

constexpr std::array<std::pair<std::string_view, PortProtocol>, 6> kProtocols{
    {{"detect", PortProtocol::kDetect},
     {"http1", PortProtocol::kHttp1},
     {"http2", PortProtocol::kHttp2},
     {"grpc", PortProtocol::kGrpc},
     {"opaque", PortProtocol::kOpaque},
     {"tls", PortProtocol::kTls}}};

Error wrong(std::string_view flag, std::string_view value, std::string_view sentence) {
  return make_error(
      ErrorCode::kInvalidConfig,
      "run: " + std::string(flag) + " '" + std::string(value) + "': " + std::string(sentence));
}

std::optional<std::uint16_t> port_of(std::string_view text, bool may_be_zero = false) {
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (port == 0 && !may_be_zero) return std::nullopt;
  return port;
}

Result<DeclaredPort> declared_port(const std::string& text) {
  const auto colon = text.find(':');
  const auto number = port_of(std::string_view(text).substr(0, colon));
  const std::string_view protocol =
      colon == std::string::npos ? "detect" : std::string_view(text).substr(colon + 1);
  const auto known =
      std::ranges::find(kProtocols, protocol, &std::pair<std::string_view, PortProtocol>::first);
  if (!number || known == kProtocols.end()) {
    return fail(wrong("--port", text,
                      "expected a port from 1 to 65535, and perhaps :detect, :http1, :http2, "
                      ":grpc, :opaque or :tls"));
  }
  return DeclaredPort{*number, known->second};
}

// [ADDR:]HOST:PORT
Result<PublishedPort> published_port(const std::string& text) {
  constexpr std::string_view kExpected =
      "expected [ADDR:]HOST:PORT, a port of this machine (0: any) and one of CMD";
  const std::string_view all(text);
  const auto last = all.rfind(':');
  if (last == std::string_view::npos) return fail(wrong("--publish", text, kExpected));
  const auto target = port_of(all.substr(last + 1));
  const std::string_view front = all.substr(0, last);
  const auto before = front.rfind(':');
  const auto host = port_of(before == std::string_view::npos ? front : front.substr(before + 1),
                            /*may_be_zero=*/true);
  if (!target || !host) return fail(wrong("--publish", text, kExpected));
  std::string_view addr = before == std::string_view::npos ? "127.0.0.1" : front.substr(0, before);
  if (addr.starts_with('[') && addr.ends_with(']')) addr = addr.substr(1, addr.size() - 2);
  const auto ip = IpAddress::parse(addr);
  if (!ip) return fail(wrong("--publish", text, kExpected));
  return PublishedPort{.listen = {*ip, *host}, .target = *target};
}

std::string base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

// A DNS label out of a program's name: "My_App.py" becomes "my-app-py".
std::string name_of(std::string_view program) {
  std::string name = base_name(program);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) c = '-';
  }
  name.resize(std::min<std::size_t>(name.size(), 57));
  while (!name.empty() && name.back() == '-') name.pop_back();
  while (!name.empty() && name.front() == '-') name.erase(name.begin());
  return name;
}

bool is_declared(const RunOptions& options, std::uint16_t number) {
  return std::ranges::any_of(options.ports,
                             [&](const DeclaredPort& port) { return port.number == number; });
}

Result<void> read_ports(const RunFlags& flags, RunOptions& options) {
  for (const std::string& text : flags.ports) {
    auto port = declared_port(text);
    if (!port) return fail(std::move(port.error()));
    if (is_declared(options, port->number)) {
      return fail(wrong("--port", text, "this port is declared twice"));
    }
    options.ports.push_back(*port);
  }
  for (const std::string& text : flags.publish) {
    auto published = published_port(text);
    if (!published) return fail(std::move(published.error()));
    if (!is_declared(options, published->target)) {
      options.ports.push_back({published->target, PortProtocol::kDetect});
    }
    options.publish.push_back(*published);
  }
  for (const std::string& text : flags.host_ports) {
    const auto port = port_of(text);
    if (!port) return fail(wrong("--host-port", text, "expected a port from 1 to 65535"));
    options.host_ports.insert(*port);
  }
  return {};
}

bool speaks_http(const DeclaredPort& port) {
  return port.protocol != PortProtocol::kOpaque && port.protocol != PortProtocol::kTls;
}

Result<void> read_routes(const RunFlags& flags, RunOptions& options) {
  for (const std::string& text : flags.routes) {
    auto route = model::parse_declared_route(text);
    if (!route) return fail(wrong("--route", text, route.error().message));
    options.routes.push_back(*std::move(route));
  }
  if (auto checked = model::check_declared_routes(options.routes); !checked) {
    return fail(ErrorCode::kInvalidConfig, "run: --route: " + checked.error().message);
  }
  if (options.routes.empty() || std::ranges::any_of(options.ports, speaks_http)) return {};
  return fail(wrong("--route", flags.routes.front(),
                    "no port is declared whose requests could take it; add --port N"));
}

Result<void> read_labels(const RunFlags& flags, RunOptions& options) {
  for (const std::string& text : flags.labels) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(wrong("--label", text, "expected KEY=VALUE"));
    }
    if (!options.labels.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      return fail(wrong("--label", text, "this label is given twice"));
    }
  }
  return {};
}

}  // namespace

Result<RunOptions> check_run_flags(const RunFlags& flags) {
  if (flags.command.empty()) {
    return fail(ErrorCode::kInvalidConfig,
                "run: there is nothing to run; say `seine run [flags] -- CMD`");
  }
  RunOptions options;
  options.name = flags.name.empty() ? name_of(flags.command.front()) : flags.name;
  if (options.name.empty()) {
    return fail(wrong("CMD", flags.command.front(), "no name can be made of it; give --name"));
  }
  options.mesh_namespace = flags.mesh_namespace;
  options.service = flags.service.empty() ? options.name : flags.service;
  options.version = flags.version;
  options.egress = !flags.no_egress;
  options.proxy_log_level = flags.proxy_log_level;
  options.command = flags.command;
  if (!options.egress && !flags.host_ports.empty()) {
    return fail(ErrorCode::kInvalidConfig,
                "run: --host-port and --no-egress contradict each other; leave one out");
  }
  auto read = read_ports(flags, options);
  if (read) read = read_routes(flags, options);
  if (read) read = read_labels(flags, options);
  if (!read) return fail(std::move(read.error()));
  return options;
}

}  // namespace seine::cli
