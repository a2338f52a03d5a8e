// SPDX-License-Identifier: Apache-2.0
#include "proxy/config.h"

#include <algorithm>
#include <limits>

#include "fmt/format.h"

namespace seine::proxy {

using namespace std::chrono_literals;

std::string ControlAddr::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

bool ControlAddr::loopback() const {
  if (host == "localhost" || host == "localhost.") return true;
  const Result<IpAddress> ip = IpAddress::parse(host);
  return ip && ip->is_loopback();
}

namespace {

constexpr SocketAddr loopback(std::uint16_t port) {
  return {IpAddress::v4(0x7f000001U), port};
}

// "name:port", "10.0.0.1:80" or "[::1]:80".
std::optional<ControlAddr> split_host_port(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const Result<std::uint16_t> port = parse_port(text.substr(colon + 1));
  if (!port || *port == 0 || host.empty() || host.size() > 253) return std::nullopt;
  if (host.find_first_of(" \t\r\n/@?#") != std::string_view::npos) return std::nullopt;
  return ControlAddr{std::string(host), *port, {}};
}

ControlAddr control_addr(EnvironmentReader& env, std::string_view service, bool required) {
  const std::string addr_name = fmt::format("{}_SVC_ADDR", service);
  const std::string name_name = fmt::format("{}_SVC_NAME", service);
  const auto text = env.text(addr_name);
  if (!text) {
    if (required) env.refuse(addr_name, "must be set");
    return {};
  }
  std::optional<ControlAddr> addr = split_host_port(*text);
  if (!addr) {
    env.refuse(addr_name, "expected host:port, such as linkerd-dst.linkerd:8086");
    return {};
  }
  addr->identity = env.text(name_name).value_or(std::string_view());
  if (addr->identity.empty() && !addr->loopback()) {
    env.refuse(name_name,
               fmt::format("must be set: {} is not a loopback address, so it is spoken to by "
                           "mutual TLS and its identity must be known",
                           addr->host));
  }
  return *addr;
}

BackoffConfig backoff(EnvironmentReader& env, std::string_view prefix, Duration max) {
  BackoffConfig config;
  config.min = env.duration(fmt::format("{}_EXP_BACKOFF_MIN", prefix), 100ms);
  config.max = env.duration(fmt::format("{}_EXP_BACKOFF_MAX", prefix), max);
  config.jitter = env.ratio(fmt::format("{}_EXP_BACKOFF_JITTER", prefix), 0.1);
  if (config.min <= Duration::zero() || config.max < config.min) {
    env.refuse(fmt::format("{}_EXP_BACKOFF_MIN", prefix),
               "must be above zero and not above the matching _MAX");
  }
  return config;
}

Http2Config http2(EnvironmentReader& env, std::string_view prefix, std::uint32_t stream_window,
                  std::uint32_t connection_window) {
  constexpr std::uint64_t kMaxWindow = (1ULL << 31) - 1;
  const auto number = [&](std::string_view name, std::uint64_t fallback, std::uint64_t min,
                          std::uint64_t max) {
    return static_cast<std::uint32_t>(
        env.number(fmt::format("{}_{}", prefix, name), fallback, min, max));
  };
  Http2Config config;
  config.stream_window = number("INITIAL_STREAM_WINDOW_SIZE", stream_window, 1, kMaxWindow);
  config.connection_window =
      number("INITIAL_CONNECTION_WINDOW_SIZE", connection_window, 65535, kMaxWindow);
  config.adaptive_windows = env.flag(fmt::format("{}_ADAPTIVE_FLOW_CONTROL", prefix), false);
  config.max_concurrent_streams = number("MAX_CONCURRENT_STREAMS", 1000, 1, kMaxWindow);
  config.max_frame_size = number("MAX_FRAME_SIZE", 16384, 16384, (1 << 24) - 1);
  config.max_header_list_size = number("MAX_HEADER_LIST_SIZE", 65536, 1024, 1 << 24);
  config.keepalive_interval = env.duration(fmt::format("{}_KEEP_ALIVE_INTERVAL", prefix), 0s);
  config.keepalive_timeout = env.duration(fmt::format("{}_KEEP_ALIVE_TIMEOUT", prefix), 20s);
  return config;
}

runtime::SocketOptions socket_options(EnvironmentReader& env, std::string_view prefix) {
  return {.keepalive = env.duration(fmt::format("{}_KEEPALIVE", prefix), 0s),
          .user_timeout = env.duration(fmt::format("{}_USER_TIMEOUT", prefix), 0s)};
}

struct SideDefaults {
  std::string_view prefix;
  Duration connect_timeout;
  Duration backoff_max;
  Duration discovery_idle;
  Duration failfast;
};

SideConfig side(EnvironmentReader& env, const SideDefaults& defaults) {
  const auto name = [&](std::string_view suffix) {
    return fmt::format("{}_{}", defaults.prefix, suffix);
  };
  SideConfig config;
  config.backlog = static_cast<int>(env.number(name("TCP_LISTEN_BACKLOG"), 1024, 1, 65535));
  config.detect_timeout = env.duration(name("DETECT_TIMEOUT"), 10s);
  config.connect_timeout = env.duration(name("CONNECT_TIMEOUT"), defaults.connect_timeout);
  config.accept_socket = socket_options(env, name("ACCEPT"));
  config.connect_socket = socket_options(env, name("CONNECT"));
  config.connect_backoff = backoff(env, name("CONNECT"), defaults.backoff_max);
  config.http2_server = http2(env, name("SERVER_HTTP2"), 65535, 1 << 20);
  config.http1_idle_timeout = env.duration(name("HTTP1_CONNECTION_POOL_IDLE_TIMEOUT"), 3s);
  config.discovery_idle_timeout =
      env.duration(name("DISCOVERY_IDLE_TIMEOUT"), defaults.discovery_idle);
  config.max_in_flight = env.number(name("MAX_IN_FLIGHT"), 100'000, 1, 10'000'000);
  config.queue_capacity = env.number(name("HTTP_QUEUE_CAPACITY"), 10'000, 1, 10'000'000);
  config.failfast_timeout = env.duration(name("HTTP_FAILFAST_TIMEOUT"), defaults.failfast);
  return config;
}

DefaultPolicy default_policy(EnvironmentReader& env, bool has_cluster_networks) {
  constexpr std::string_view kName = "INBOUND_DEFAULT_POLICY";
  const auto text = env.text(kName);
  if (!text || *text == "all-unauthenticated") return DefaultPolicy::kAllUnauthenticated;
  if (*text == "deny") return DefaultPolicy::kDeny;
  if (*text == "all-authenticated") return DefaultPolicy::kAllAuthenticated;
  const bool known =
      *text == "cluster-authenticated" || *text == "cluster-unauthenticated" || *text == "audit";
  if (!known) {
    env.refuse(kName,
               "expected deny, all-authenticated, all-unauthenticated, cluster-authenticated, "
               "cluster-unauthenticated or audit");
    return DefaultPolicy::kDeny;
  }
  if (!has_cluster_networks) {
    env.refuse(kName, fmt::format("{} needs LINKERD2_PROXY_POLICY_CLUSTER_NETWORKS", *text));
  }
  if (*text == "cluster-authenticated") return DefaultPolicy::kClusterAuthenticated;
  if (*text == "cluster-unauthenticated") return DefaultPolicy::kClusterUnauthenticated;
  return DefaultPolicy::kAudit;
}

IdentityConfig identity(EnvironmentReader& env) {
  IdentityConfig config;
  config.trust_anchors_pem = env.required_text("IDENTITY_TRUST_ANCHORS");
  config.token_file = env.required_text("IDENTITY_TOKEN_FILE");
  const auto local_name = env.text("IDENTITY_LOCAL_NAME");
  const auto server_id = env.text("IDENTITY_SERVER_ID");
  const auto server_name = env.text("IDENTITY_SERVER_NAME");
  if (local_name) {
    config.local_id = config.server_name = *local_name;
  } else if (server_id && server_name) {
    config.local_id = *server_id;
    config.server_name = *server_name;
  } else {
    env.refuse("IDENTITY_LOCAL_NAME",
               "must be set, or both IDENTITY_SERVER_ID and IDENTITY_SERVER_NAME");
  }
  config.min_refresh = env.duration("IDENTITY_MIN_REFRESH", 10s);
  config.max_refresh = env.duration("IDENTITY_MAX_REFRESH", 24h);
  if (config.min_refresh <= Duration::zero() || config.max_refresh < config.min_refresh) {
    env.refuse("IDENTITY_MIN_REFRESH", "must be above zero and not above IDENTITY_MAX_REFRESH");
  }
  if (env.text("IDENTITY_DISABLED")) {
    env.refuse("IDENTITY_DISABLED", "is no longer supported: mutual TLS cannot be switched off");
  }
  return config;
}

void read_sides(EnvironmentReader& env, Config& config) {
  config.outbound = side(env, {"OUTBOUND", 1s, 60s, 5s, 3s});
  config.inbound = side(env, {"INBOUND", 300ms, 10s, 90s, 1s});
  config.outbound.tcp_queue_capacity =
      env.number("OUTBOUND_TCP_QUEUE_CAPACITY", 10'000, 1, 10'000'000);
  config.outbound.max_idle_connections =
      env.number("OUTBOUND_MAX_IDLE_CONNS_PER_ENDPOINT", 10'000, 0, 1'000'000);
  config.inbound.max_idle_connections =
      env.number("MAX_IDLE_CONNS_PER_ENDPOINT", 10'000, 0, 1'000'000);
  config.outbound.listen = env.addrs("OUTBOUND_LISTEN_ADDRS", 2);
  if (config.outbound.listen.empty()) {
    config.outbound.listen = {env.addr("OUTBOUND_LISTEN_ADDR", loopback(4140))};
  }
  config.inbound.listen = {env.addr("INBOUND_LISTEN_ADDR", {IpAddress(), 4143})};
  config.admin_listen = env.addr("ADMIN_LISTEN_ADDR", loopback(4191));
  config.tap_identity = env.text("TAP_SVC_NAME").value_or(std::string_view());
  config.control_listen = env.addr("CONTROL_LISTEN_ADDR", {IpAddress(), 4190});
}

void read_policy(EnvironmentReader& env, Config& config) {
  config.policy_workload = env.required_text("POLICY_WORKLOAD");
  config.destination_context = env.text("DESTINATION_CONTEXT").value_or(std::string_view());
  config.profile_suffixes = env.names("DESTINATION_PROFILE_SUFFIXES");
  if (!env.is_set("DESTINATION_PROFILE_SUFFIXES")) config.profile_suffixes = {"svc.cluster.local."};
  config.gateway_suffixes = env.names("INBOUND_GATEWAY_SUFFIXES");
  config.profile_networks = env.networks("DESTINATION_PROFILE_NETWORKS");
  config.profile_initial_timeout = env.duration("DESTINATION_PROFILE_INITIAL_TIMEOUT", 500ms);
  config.cluster_networks = env.networks("POLICY_CLUSTER_NETWORKS");
  config.inbound_ports = env.ports("INBOUND_PORTS");
  if (config.inbound_ports.contains(0)) {
    env.refuse("INBOUND_PORTS", "nothing can be served on port 0");
  }
  config.opaque_ports = env.ports("INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION");
  config.default_policy = default_policy(env, !config.cluster_networks.empty());
  config.inbound_ips = env.ips("INBOUND_IPS");
}

void read_behaviour(EnvironmentReader& env, Config& config) {
  config.stream_initial_timeout = env.duration("CONTROL_STREAM_INITIAL_TIMEOUT", 0s);
  config.stream_idle_timeout = env.duration("CONTROL_STREAM_IDLE_TIMEOUT", 0s);
  config.stream_lifetime = env.duration("CONTROL_STREAM_LIFETIME", 0s);
  config.dns_min_ttl = env.duration("DNS_MIN_TTL", 0s);
  config.dns_max_ttl = env.duration("DNS_MAX_TTL", 24h);
  config.http2_client = http2(env, "HTTP2", 65535, 1 << 20);
  config.ingress_mode = env.flag("INGRESS_MODE", false);
  // Its clients are strangers.
  config.hide_informational_headers =
      env.flag("OUTBOUND_DISABLE_INFORMATIONAL_HEADERS", config.ingress_mode);
  config.inbound_authority_labels = env.text("INBOUND_METRICS_AUTHORITY_LABELS") == "unsafe";
  config.metrics_retain_idle = env.duration("METRICS_RETAIN_IDLE", 10min);
  config.shutdown_grace = env.duration("SHUTDOWN_GRACE_PERIOD", 2min);
  config.shutdown_endpoint = env.flag("SHUTDOWN_ENDPOINT_ENABLED", false);
  config.cores = env.number("CORES", 1, 1, 1024);
  config.admin_socket = env.text("SEINE_PROXY_ADMIN_SOCKET").value_or(std::string_view());
  if (env.text("SEINE_PROXY_EGRESS_ADDR")) config.egress = env.addr("SEINE_PROXY_EGRESS_ADDR", {});
  if (config.egress && config.profile_networks.empty()) {
    env.refuse("SEINE_PROXY_EGRESS_ADDR",
               "needs LINKERD2_PROXY_DESTINATION_PROFILE_NETWORKS, which say what is inside");
  }
  config.loopback_fallback = env.flag("SEINE_PROXY_INBOUND_LOOPBACK_FALLBACK", false);
  config.socket_mark = static_cast<std::uint32_t>(
      env.number("SEINE_PROXY_SOCKET_MARK", 0, 0, std::numeric_limits<std::uint32_t>::max()));
  config.http2_connections = env.number("SEINE_PROXY_HTTP2_CONNECTIONS", 4, 1, 64);
  config.learns_first_speakers = env.flag("SEINE_PROXY_LEARN_SERVER_SPEAKS_FIRST", true);
  config.memory_limit =
      env.number("SEINE_PROXY_MEMORY_LIMIT", std::size_t{256} << 20, 0, std::size_t{1} << 40);
  config.http1_head_timeout = env.duration("SEINE_PROXY_HTTP1_HEAD_TIMEOUT", 60s);
  config.http2_stall_timeout = env.duration("SEINE_PROXY_HTTP2_STALL_TIMEOUT", 10min);
  config.inbound.connect_socket.mark = config.outbound.connect_socket.mark = config.socket_mark;
}

// "namespace/kind/name".
void read_workload(EnvironmentReader& env, TelemetryConfig& telemetry) {
  constexpr std::string_view kName = "SEINE_PROXY_WORKLOAD";
  const std::string_view text = env.required_text(kName);
  if (text.empty()) return;
  const auto first = text.find('/');
  const auto second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (first == 0 || second == std::string_view::npos || second == first + 1 ||
      second + 1 == text.size() || text.find('/', second + 1) != std::string_view::npos) {
    env.refuse(kName, "expected namespace/kind/name, such as shop/deployment/web");
    return;
  }
  telemetry.ns = text.substr(0, first);
  telemetry.workload_kind = text.substr(first + 1, second - first - 1);
  telemetry.workload = text.substr(second + 1);
}

std::optional<TelemetryConfig> read_telemetry(EnvironmentReader& env) {
  TelemetryConfig telemetry;
  telemetry.svc = control_addr(env, "SEINE_PROXY_TELEMETRY", false);
  // Nobody to tell: then nothing is counted for telling, whatever else is set.
  if (!env.text("SEINE_PROXY_TELEMETRY_SVC_ADDR")) return std::nullopt;
  constexpr std::string_view kInterval = "SEINE_PROXY_TELEMETRY_INTERVAL";
  telemetry.interval = env.duration(kInterval, 10s);
  if (telemetry.interval < 1s || telemetry.interval > 60s || telemetry.interval % 1s != 0s) {
    env.refuse(kInterval, "must be whole seconds, 1s to 60s");
  }
  telemetry.ledger_dir = env.text("SEINE_PROXY_LEDGER_DIR").value_or(std::string_view());
  telemetry.cluster = env.text("SEINE_PROXY_CLUSTER").value_or(std::string_view());
  telemetry.pod = env.text("SEINE_PROXY_POD").value_or(std::string_view());
  telemetry.version = env.text("SEINE_PROXY_WORKLOAD_VERSION").value_or(std::string_view());
  read_workload(env, telemetry);
  for (const auto& [name, value] :
       {std::pair("SEINE_PROXY_CLUSTER", &telemetry.cluster),
        std::pair("SEINE_PROXY_WORKLOAD", &telemetry.workload),
        std::pair("SEINE_PROXY_POD", &telemetry.pod),
        std::pair("SEINE_PROXY_WORKLOAD_VERSION", &telemetry.version)}) {
    if (value->size() > 253) env.refuse(name, "longer than 253 bytes");
  }
  return telemetry;
}

void read_log(EnvironmentReader& env, Config& config) {
  const auto filter = env.text("LOG").value_or("warn,linkerd=info");
  const Result<LogLevel> level = parse_log_filter(filter);
  if (!level) env.refuse("LOG", level.error().message);
  config.log_level = level.value_or(LogLevel::kInfo);
  const auto format = env.text("LOG_FORMAT").value_or("plain");
  if (format != "plain" && format != "json") env.refuse("LOG_FORMAT", "expected plain or json");
  config.log_format = format == "json" ? LogFormat::kJson : LogFormat::kPlain;
}

}  // namespace

std::expected<Config, ConfigProblems> read_config(const Environment& environment) {
  EnvironmentReader env(environment);
  Config config;
  read_log(env, config);
  read_sides(env, config);
  config.destination_svc = control_addr(env, "DESTINATION", true);
  config.policy_svc = control_addr(env, "POLICY", true);
  config.identity_svc = control_addr(env, "IDENTITY", true);
  config.identity = identity(env);
  read_policy(env, config);
  read_behaviour(env, config);
  config.telemetry = read_telemetry(env);
  TracingConfig trace{.svc = control_addr(env, "TRACE_COLLECTOR", false), .own = {}};
  // Nobody to send spans to: then the rest is not looked at.
  if (env.text("TRACE_COLLECTOR_SVC_ADDR")) {
    trace.own = read_trace_config(env);
    config.trace = std::move(trace);
  }
  config.access_log = read_access_log(env);
  if (!env.problems().empty()) return std::unexpected(ConfigProblems{env.problems()});
  return config;
}

Environment redacted(const Environment& environment) {
  Environment out;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("LINKERD2_PROXY_") && !name.starts_with("SEINE_PROXY_")) continue;
    // Paths and public certificates may be shown; anything that could be a secret itself may not.
    const bool secret =
        (name.find("TOKEN") != std::string::npos || name.find("KEY") != std::string::npos ||
         name.find("SECRET") != std::string::npos) &&
        !name.ends_with("_FILE") && name.find("KEEP") == std::string::npos;
    out.emplace(name, secret ? "<redacted>" : value);
  }
  return out;
}

}  // namespace seine::proxy
