// SPDX-License-Identifier: Apache-2.0
#include "cli/version_text.h"

#include <utility>

#include "cli/output.h"
#include "json/writer.h"

namespace seine::cli {

namespace {

constexpr char kUnavailable[] = "unavailable";

std::string server_of(const Versions& versions) {
  return versions.server.empty() ? kUnavailable : versions.server;
}

}  // namespace

std::map<std::string, std::size_t> count_proxies(const seine::telemetry::v1::ReadResponse& window,
                                                 const std::string& ns) {
  std::map<std::string, std::size_t> out;
  for (const auto& source : window.sources()) {
    const auto& who = source.reporter();
    if (!source.running() || (!ns.empty() && who.namespace_() != ns)) continue;
    ++out[who.proxy_version().empty() ? "unknown" : who.proxy_version()];
  }
  return out;
}

std::string version_text(const Versions& versions, bool client_only) {
  std::string out = "Client version: " + versions.client + "\n";
  if (client_only) return out;
  out += "Server version: " + printable(server_of(versions)) + "\n";
  if (!versions.proxies) return out;
  if (versions.proxies->empty()) return out + "Proxy versions: " + kUnavailable + "\n";
  out += "Proxy versions:\n";
  for (const auto& [version, pods] : *versions.proxies) {
    out += "\t" + printable(version) + " (" + std::to_string(pods) + " pods)\n";
  }
  return out;
}

std::string version_json(const Versions& versions, bool client_only) {
  json::Writer out;
  out.begin_object().key("client").string(versions.client);
  if (!client_only) out.key("server").string(server_of(versions));
  if (!client_only && versions.proxies) {
    out.key("proxies").begin_array();
    for (const auto& [version, pods] : *versions.proxies) {
      out.begin_object().key("version").string(version);
      out.key("pods").integer(static_cast<std::int64_t>(pods)).end_object();
    }
    out.end_array();
  }
  out.end_object();
  return std::move(out).take() + "\n";
}

}  // namespace seine::cli
