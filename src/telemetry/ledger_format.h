// SPDX-License-Identifier: Apache-2.0
// How a ledger lies in memory and in its file. Native byte order: it never leaves its machine.
//
//   Header                 one page: what it is, the reporter, and where the ring stands
//   Half x 2 x lanes       rows of the buckets that are being counted, two for each counting thread
//   ring                   sealed buckets that nobody has acknowledged yet
//
// One thread writes a half; one thread writes the ring. Every change becomes visible by one store
// after everything it speaks of: `magic` of a ledger, `sequence` of a half, `rows` of a row, `head`
// of a record. A process that is killed has made some prefix of its stores, so whoever reads its
// ledger finds each bucket and each row whole or not at all. A count is one store. (A machine that
// loses power may lose stores out of order: then a ledger may be refused.)
//
// A bucket is in halves until `head` takes its record in; `sealed`, or the record itself, says that
// the halves are not to be counted again.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace seine::telemetry::ledger {

inline constexpr std::uint64_t kMagic = 0x314745444C4E4553ULL;  // "SENLDEG1"
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kPage = 4096;
inline constexpr std::size_t kMaxReporter = 3072;
inline constexpr std::size_t kMaxKey = 480;
inline constexpr std::size_t kMaxSlots = 1 << 16;
inline constexpr std::size_t kMaxLanes = 1024;
inline constexpr std::size_t kMaxFile = std::size_t{256} << 20;
// Rows of what finds no row of its own: two kinds in two directions. Always free for them.
inline constexpr std::size_t kOverflowSlots = 4;

enum class Kind : std::uint8_t { kHttp = 1, kTcp = 2, kHttpOverflow = 3, kTcpOverflow = 4 };

struct Header {
  std::uint64_t magic;  // written last
  std::uint32_t version;
  std::uint32_t lanes;
  std::uint32_t slots;  // of a half
  std::uint32_t reporter_size;
  std::uint64_t ring_offset;
  std::uint64_t ring_size;
  char reporter[kMaxReporter];  // seine.telemetry.v1.Reporter
  // Positions grow for ever; a position's place is its remainder by ring_size. Records lie in
  // [tail, head), in the order of their sequences.
  alignas(64) std::uint64_t sealed;  // the last bucket that became a record
  alignas(64) std::uint64_t head;
  alignas(64) std::uint64_t tail;
};
static_assert(sizeof(Header) <= kPage);

struct Exemplar {
  std::uint8_t valid;  // cleared first, set last
  std::uint8_t method_size;
  std::uint8_t path_size;
  std::uint8_t trace_size;
  std::uint8_t detail_size;
  char method[11];
  std::int64_t ended_at;  // wall clock, ns
  std::int64_t latency;   // ns
  char trace[32];
  char path[120];
  char detail[120];
};

// A key and its counts. The number of requests is the sum of `latency`: one store counts.
struct Slot {
  Kind kind;
  std::uint32_t key_size;
  std::uint64_t seen;  // requests offered as exemplars
  std::uint64_t sum_microseconds;
  std::uint64_t opened;
  std::uint64_t closed;
  std::uint64_t read_bytes;
  std::uint64_t written_bytes;
  std::uint64_t open;
  std::uint32_t latency[256];
  Exemplar exemplars[2];
  char key[kMaxKey];  // HttpRow or TcpRow without counts
};

struct alignas(64) HalfHeader {
  std::uint64_t sequence;  // of the bucket it counts; 0: none
  std::int64_t start;      // of the bucket, wall clock, ns
  std::uint32_t rows;      // that are valid
};

// Before each record; a record may wrap around the ring's end, its header too.
struct RecordHeader {
  std::uint32_t size;
  std::uint32_t acknowledged;
  std::uint64_t sequence;
  std::uint64_t checksum;  // of the bytes: FNV-1a
};

constexpr std::size_t half_size(std::size_t slots) {
  return (sizeof(HalfHeader) + slots * sizeof(Slot) + kPage - 1) / kPage * kPage;
}
constexpr std::size_t half_offset(std::size_t slots, std::size_t lane, std::size_t half) {
  return kPage + (lane * 2 + half) * half_size(slots);
}

constexpr std::uint64_t checksum(const char* bytes, std::size_t size) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (std::size_t i = 0; i < size; ++i) {
    hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001b3ULL;
  }
  return hash;
}

// Plain stores and loads to the machine; to the compiler, stores that stay in their order.
template <class T>
void publish(T& cell, T value) {
  std::atomic_ref<T>(cell).store(value, std::memory_order_release);
}
template <class T>
T seen(const T& cell) {
  return std::atomic_ref<T>(const_cast<T&>(cell)).load(std::memory_order_acquire);
}
// One writer: no read-modify-write of the bus.
template <class T>
void add(T& cell, T amount) {
  std::atomic_ref<T> ref(cell);
  ref.store(ref.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

}  // namespace seine::telemetry::ledger
