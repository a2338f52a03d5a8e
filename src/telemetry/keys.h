// SPDX-License-Identifier: Apache-2.0
// What rows are counted by, as plain values, and its bytes in a ledger: the row's message of
// seine.telemetry.v1 without its counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace seine::telemetry {

// The contract's numbers.
enum class Direction : std::uint8_t { kInbound = 1, kOutbound = 2 };

// The fields are the contract's (telemetry.proto): see there.
struct Target {
  std::string service;
  std::string ns;
  std::uint16_t port = 0;
  std::string authority;
  friend bool operator==(const Target&, const Target&) = default;
};

struct Peer {
  std::string ns;
  std::string workload;
  std::string workload_kind;
  std::string pod;
  std::string version;
  std::string identity;
  std::string no_tls_reason;
  friend bool operator==(const Peer&, const Peer&) = default;
};

// Of HTTP and of TCP rows; `route` is empty for TCP. Bytes that are not printable ASCII become '?',
// since messages carry UTF-8 alone.
struct RowKey {
  Direction direction = Direction::kInbound;
  Target target;
  std::string route;
  Peer peer;
};

// How a request ended. `cause` points to static text: error_name(), or kCancelled.
struct Outcome {
  std::uint16_t http_status = 0;
  std::int16_t grpc_status = -1;
  std::string_view cause;
  bool excluded = false;
  bool upgraded = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
inline constexpr std::string_view kCancelled = "cancelled";

std::string encode_http_key(const RowKey& key);
std::string encode_tcp_key(const RowKey& key);
// What is appended to an encoded key.
std::string encode_outcome(const Outcome& outcome);
std::string encode_cause(std::string_view cause);
std::string encode_overflow_key(Direction direction);

struct ReporterFacts {
  std::string cluster;
  std::string ns;
  std::string workload;
  std::string workload_kind;
  std::string pod;
  std::string version;
  std::string service_account;
  std::string proxy_version;
  std::string instance;  // 16 octets
  std::string boot;      // 16 octets
  Duration interval = std::chrono::seconds(10);
};
std::string encode_reporter(const ReporterFacts& facts);

// Lower case, two digits an octet.
std::string hexadecimal(std::string_view octets);

}  // namespace seine::telemetry
