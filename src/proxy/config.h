// SPDX-License-Identifier: Apache-2.0
// What the environment says the proxy is to be: Linkerd's LINKERD2_PROXY_* variables with their
// defaults, and our own SEINE_PROXY_*. Read once, at the start; immutable afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/net.h"
#include "base/time.h"
#include "proxy/access_log/access_log_config.h"
#include "proxy/environment.h"
#include "proxy/trace/trace_config.h"
#include "runtime/socket.h"

namespace seine::proxy {

// One service of the control plane: *_SVC_ADDR and *_SVC_NAME.
struct ControlAddr {
  std::string host;  // an IP address or a DNS name, without port and brackets
  std::uint16_t port = 0;
  // The identity to insist on. Empty only for loopback, which is spoken to in plain.
  std::string identity;

  // "host:port", what goes into :authority.
  std::string authority() const;
  bool loopback() const;
};

// INBOUND_DEFAULT_POLICY: what holds for a port until the control plane has spoken.
enum class DefaultPolicy : std::uint8_t {
  kDeny,
  kAllAuthenticated,
  kAllUnauthenticated,
  kClusterAuthenticated,
  kClusterUnauthenticated,
  kAudit,
};

// Exponential backoff: base doubles from min to max, plus uniform jitter in [0, base * ratio].
struct BackoffConfig {
  Duration min;
  Duration max;
  double jitter;
};

struct Http2Config {
  std::uint32_t stream_window;
  std::uint32_t connection_window;
  bool adaptive_windows;  // *_ADAPTIVE_FLOW_CONTROL: they grow from there
  std::uint32_t max_concurrent_streams;
  std::uint32_t max_frame_size;
  std::uint32_t max_header_list_size;
  Duration keepalive_interval;  // zero: none
  Duration keepalive_timeout;
};

// One side of the proxy: INBOUND_* or OUTBOUND_*.
struct SideConfig {
  std::vector<SocketAddr> listen;
  int backlog;
  Duration detect_timeout;
  Duration connect_timeout;
  runtime::SocketOptions accept_socket;
  runtime::SocketOptions connect_socket;
  BackoffConfig connect_backoff;
  Http2Config http2_server;
  Duration http1_idle_timeout;       // *_HTTP1_CONNECTION_POOL_IDLE_TIMEOUT
  std::size_t max_idle_connections;  // per endpoint
  Duration discovery_idle_timeout;
  std::size_t max_in_flight;
  std::size_t queue_capacity;      // *_HTTP_QUEUE_CAPACITY
  std::size_t tcp_queue_capacity;  // OUTBOUND_TCP_QUEUE_CAPACITY; outbound only
  Duration failfast_timeout;       // *_HTTP_FAILFAST_TIMEOUT
};

struct IdentityConfig {
  std::string trust_anchors_pem;
  std::string token_file;
  std::string local_id;     // the SAN of our certificate: a DNS name or a SPIFFE URI
  std::string server_name;  // the SNI that is ours
  Duration min_refresh;
  Duration max_refresh;
};

// SEINE_PROXY_TELEMETRY_* and what says who this is.
struct TelemetryConfig {
  ControlAddr svc;
  std::string ledger_dir;  // empty: counts die with the process
  Duration interval;
  std::string cluster;
  std::string ns;
  std::string workload_kind;
  std::string workload;
  std::string pod;
  std::string version;
};

// TRACE_*: where spans go, and what is said in them.
struct TracingConfig {
  ControlAddr svc;  // TRACE_COLLECTOR_SVC_*
  TraceConfig own;
};

struct Config {
  SideConfig inbound;
  SideConfig outbound;
  SocketAddr admin_listen;
  // TAP_SVC_NAME: who may tap; empty: nobody, and CONTROL_LISTEN_ADDR is not opened.
  std::string tap_identity;
  SocketAddr control_listen;

  ControlAddr destination_svc;
  ControlAddr policy_svc;
  ControlAddr identity_svc;
  std::string destination_context;
  std::string policy_workload;
  IdentityConfig identity;

  std::vector<std::string> profile_suffixes;
  // INBOUND_GATEWAY_SUFFIXES: what peers may reach through this proxy; empty: it is no gateway.
  std::vector<std::string> gateway_suffixes;
  std::vector<IpNet> profile_networks;
  Duration profile_initial_timeout;
  std::set<std::uint16_t> inbound_ports;
  std::set<std::uint16_t> opaque_ports;  // INBOUND_PORTS_DISABLE_PROTOCOL_DETECTION
  DefaultPolicy default_policy;
  std::vector<IpNet> cluster_networks;
  std::set<IpAddress> inbound_ips;

  // CONTROL_STREAM_*: zero means none.
  Duration stream_initial_timeout;
  Duration stream_idle_timeout;
  Duration stream_lifetime;
  Duration dns_min_ttl;
  Duration dns_max_ttl;

  Http2Config http2_client;
  // INGRESS_MODE: outbound requests go where their l5d-dst-override says.
  bool ingress_mode;
  // Do not say l5d-* and via-like facts to clients of the outbound side.
  bool hide_informational_headers;
  // Add the authority label to inbound metrics; unbounded, hence "unsafe" in the variable's value.
  bool inbound_authority_labels;
  Duration metrics_retain_idle;
  Duration shutdown_grace;
  std::size_t cores;
  LogLevel log_level;
  LogFormat log_format;

  // SEINE_PROXY_SOCKET_MARK: of this proxy's TCP sockets, those to DNS servers apart; zero: none.
  std::uint32_t socket_mark;
  // SEINE_PROXY_MEMORY_LIMIT, in bytes: see runtime/byte_budget.h; zero: none.
  std::size_t memory_limit;
  // SEINE_PROXY_HTTP1_HEAD_TIMEOUT: from the first byte of a request's head to its last.
  Duration http1_head_timeout;
  // SEINE_PROXY_HTTP2_STALL_TIMEOUT: see http::Http2Options::stall_timeout.
  Duration http2_stall_timeout;
  // SEINE_PROXY_LEARN_SERVER_SPEAKS_FIRST: silent clients of servers that greet are not waited for
  // until the detect timeout.
  bool learns_first_speakers;
  // SEINE_PROXY_HTTP2_CONNECTIONS: to one endpoint or application, of a worker; spare ones stand
  // only while the peer's limit on streams is reached.
  std::size_t http2_connections;
  // SEINE_PROXY_EGRESS_ADDR: the relay that connects to what is outside of
  // DESTINATION_PROFILE_NETWORKS, where the pod itself has no way there (netns/egress_relay.h).
  std::optional<SocketAddr> egress;
  // SEINE_PROXY_INBOUND_LOOPBACK_FALLBACK: an application that refuses connections at the pod's
  // address is tried at loopback, where some listen only.
  bool loopback_fallback;
  // None unless SEINE_PROXY_TELEMETRY_SVC_ADDR is set.
  std::optional<TelemetryConfig> telemetry;
  // None unless LINKERD2_PROXY_TRACE_COLLECTOR_SVC_ADDR is set.
  std::optional<TracingConfig> trace;
  // None unless LINKERD2_PROXY_ACCESS_LOG is set.
  std::optional<AccessLogConfig> access_log;
  // SEINE_PROXY_ADMIN_SOCKET: the 0600 unix socket for what changes state; empty: none.
  std::string admin_socket;
  // SHUTDOWN_ENDPOINT_ENABLED: also take POST /shutdown on the TCP admin port, as Linkerd does.
  bool shutdown_endpoint;
};

struct ConfigProblems {
  std::vector<std::string> sentences;
};

// Either a configuration that can be run or every reason why not.
std::expected<Config, ConfigProblems> read_config(const Environment& environment);

// Name and value of each LINKERD2_PROXY_* and SEINE_PROXY_* variable, tokens and keys left out.
Environment redacted(const Environment& environment);

}  // namespace seine::proxy
