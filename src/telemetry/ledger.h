// SPDX-License-Identifier: Apache-2.0
// The memory in which a proxy counts: a file mapped MAP_SHARED, so that what has been counted
// outlives a kill -9 and whoever finds the file can deliver it (see dead_ledger.h). The layout and
// what a reader may rely on are in ledger_format.h.
//
// Disk is allocated before the file is mapped, so that no store can fail for want of it (SIGBUS),
// and an advisory lock is held while the process lives: a file without one belongs to the dead.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "telemetry/ledger_format.h"

namespace seine::telemetry {

struct LedgerOptions {
  std::string reporter;     // encode_reporter(); at most ledger::kMaxReporter bytes
  std::size_t lanes = 1;    // threads that count
  std::size_t rows = 1024;  // of a bucket, over all lanes, without the overflow rows
  // Room for sealed buckets. An empty one takes 50 bytes, one of 20 rows about 6 KiB. Raised to
  // what a single bucket of `rows` may take.
  std::size_t ring = std::size_t{3} << 20;
};

// The ring and the halves are for one thread each (the one that seals, and each lane's own).
class Ledger {
 public:
  // Makes a new file, mode 0600. Errors: kInvalidConfig for what options cannot be, kUnavailable
  // for what the system refuses (no such folder, disk full, the file exists).
  static Result<std::unique_ptr<Ledger>> create(const std::string& path,
                                                const LedgerOptions& options);
  // The same without a file: its counts die with the process.
  static Result<std::unique_ptr<Ledger>> anonymous(const LedgerOptions& options);
  // The file stays.
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const std::string& path() const { return path_; }  // empty: anonymous
  std::size_t lanes() const { return header().lanes; }
  std::size_t slots() const { return header().slots; }
  std::string_view reporter() const { return {header().reporter, header().reporter_size}; }
  ledger::HalfHeader& half(std::size_t lane, std::size_t which);
  ledger::Slot* slots_of(std::size_t lane, std::size_t which);

  // Takes a sealed bucket in. False: there is no room until older ones are acknowledged. CHECKs
  // that sequences ascend.
  bool append(std::uint64_t sequence, std::string_view bucket);
  // The largest record that an empty ring takes.
  std::size_t max_record() const { return header().ring_size - sizeof(ledger::RecordHeader); }
  std::uint64_t sealed() const { return header().sealed; }
  std::size_t pending() const { return pending_.size(); }

  struct Record {
    std::uint64_t sequence;
    std::string bucket;
  };
  // The oldest that are not acknowledged: at most `count` of at most `bytes` together, but one.
  std::vector<Record> oldest(std::size_t count, std::size_t bytes) const;
  // Removes the bucket; one that is not there is ignored. Returns whether it was.
  bool acknowledge(std::uint64_t sequence);

  // Keys that found no row of their own so far. Any thread.
  void count_folded() { folded_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t folded() const { return folded_.load(std::memory_order_relaxed); }

  // All of it, as a file has it.
  std::span<const std::byte> bytes() const { return {base_, size_}; }

  // For the end of a life that left nothing: removes the file.
  void remove();

 private:
  struct Pending {
    std::uint64_t sequence;
    std::uint64_t position;  // of its header
    std::uint32_t size;
    bool acknowledged;
  };
  Ledger() = default;
  static Result<void> check(const LedgerOptions& options);
  static std::size_t file_size(const LedgerOptions& options);
  Result<void> allocate(const std::string& path, std::size_t size);
  void format(const LedgerOptions& options);
  ledger::Header& header() const { return *reinterpret_cast<ledger::Header*>(base_); }
  void write_ring(std::uint64_t position, const void* bytes, std::size_t size);
  void read_ring(std::uint64_t position, void* bytes, std::size_t size) const;

  std::string path_;
  int fd_ = -1;
  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  std::atomic<std::uint64_t> folded_{0};
  std::vector<Pending> pending_;  // of [tail, head); acknowledged ones only behind others
};

}  // namespace seine::telemetry
