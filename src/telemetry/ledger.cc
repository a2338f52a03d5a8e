// SPDX-License-Identifier: Apache-2.0
#include "telemetry/ledger.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace seine::telemetry {

using ledger::HalfHeader;
using ledger::Header;
using ledger::RecordHeader;
using ledger::Slot;

namespace {

// A row in a record: its key, its histogram with every index and large counts, the other fields.
constexpr std::size_t kMaxRowMessage = ledger::kMaxKey + 256 * 7 + 128;

std::size_t slots_per_half(const LedgerOptions& options) {
  return std::max<std::size_t>(options.rows / options.lanes, 1) + ledger::kOverflowSlots;
}

std::size_t ring_size(const LedgerOptions& options) {
  const std::size_t bucket = slots_per_half(options) * options.lanes * kMaxRowMessage;
  const std::size_t wanted = std::max(options.ring, bucket + sizeof(RecordHeader) + 256);
  return (wanted + ledger::kPage - 1) / ledger::kPage * ledger::kPage;
}

}  // namespace

Result<void> Ledger::check(const LedgerOptions& options) {
  if (options.lanes == 0 || options.lanes > ledger::kMaxLanes || options.rows == 0 ||
      options.rows + ledger::kOverflowSlots > ledger::kMaxSlots ||
      options.reporter.size() > ledger::kMaxReporter || options.ring > ledger::kMaxFile ||
      file_size(options) > ledger::kMaxFile) {
    return fail(ErrorCode::kInvalidConfig, "a ledger cannot have this size");
  }
  return {};
}

std::size_t Ledger::file_size(const LedgerOptions& options) {
  return ledger::half_offset(slots_per_half(options), options.lanes, 0) + ring_size(options);
}

Result<std::unique_ptr<Ledger>> Ledger::create(const std::string& path,
                                               const LedgerOptions& options) {
  if (Result<void> checked = check(options); !checked) return fail(checked.error());
  std::unique_ptr<Ledger> ledger(new Ledger());
  // Under another name until it is one: nobody may find half a ledger, or one without its lock.
  const std::string unfinished = path + ".new";
  Result<void> allocated = ledger->allocate(unfinished, file_size(options));
  if (!allocated) return fail(allocated.error());
  ledger->format(options);
  if (renameat2(AT_FDCWD, unfinished.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    const int err = errno;
    unlink(unfinished.c_str());
    return fail_errno(ErrorCode::kUnavailable, err, "cannot make the ledger " + path);
  }
  ledger->path_ = path;
  return ledger;
}

Result<void> Ledger::allocate(const std::string& path, std::size_t size) {
  fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) {
    return fail_errno(ErrorCode::kUnavailable, errno, "cannot make the ledger " + path);
  }
  // From here on the file is ours to remove.
  int err = flock(fd_, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  // Not ftruncate(): a hole would be filled at the first store, and where the disk is full then,
  // that store is a SIGBUS.
  if (err == 0) err = posix_fallocate(fd_, 0, static_cast<off_t>(size));
  if (err == 0) {
    void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (mapped == MAP_FAILED) {
      err = errno;
    } else {
      base_ = static_cast<std::byte*>(mapped);
    }
  }
  if (err != 0) {
    unlink(path.c_str());
    return fail_errno(ErrorCode::kUnavailable, err,
                      "cannot allocate " + std::to_string(size) + " bytes for the ledger " + path);
  }
  size_ = size;
  return {};
}

Result<std::unique_ptr<Ledger>> Ledger::anonymous(const LedgerOptions& options) {
  if (Result<void> checked = check(options); !checked) return fail(checked.error());
  std::unique_ptr<Ledger> ledger(new Ledger());
  const std::size_t size = file_size(options);
  void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) {
    return fail_errno(ErrorCode::kUnavailable, errno, "cannot allocate memory for counts");
  }
  ledger->base_ = static_cast<std::byte*>(mapped);
  ledger->size_ = size;
  ledger->format(options);
  return ledger;
}

Ledger::~Ledger() {
  if (base_ != nullptr) munmap(base_, size_);
  if (fd_ >= 0) close(fd_);
}

void Ledger::format(const LedgerOptions& options) {
  Header& h = header();
  h.version = ledger::kVersion;
  h.lanes = static_cast<std::uint32_t>(options.lanes);
  h.slots = static_cast<std::uint32_t>(slots_per_half(options));
  h.ring_offset = ledger::half_offset(h.slots, options.lanes, 0);
  h.ring_size = ring_size(options);
  h.reporter_size = static_cast<std::uint32_t>(options.reporter.size());
  options.reporter.copy(h.reporter, options.reporter.size());
  ledger::publish(h.magic, ledger::kMagic);
}

HalfHeader& Ledger::half(std::size_t lane, std::size_t which) {
  return *reinterpret_cast<HalfHeader*>(base_ + ledger::half_offset(header().slots, lane, which));
}

Slot* Ledger::slots_of(std::size_t lane, std::size_t which) {
  return reinterpret_cast<Slot*>(base_ + ledger::half_offset(header().slots, lane, which) +
                                 sizeof(HalfHeader));
}

void Ledger::write_ring(std::uint64_t position, const void* bytes, std::size_t size) {
  const Header& h = header();
  std::byte* ring = base_ + h.ring_offset;
  const std::size_t at = position % h.ring_size;
  const std::size_t first = std::min<std::size_t>(size, h.ring_size - at);
  std::memcpy(ring + at, bytes, first);
  std::memcpy(ring, static_cast<const std::byte*>(bytes) + first, size - first);
}

void Ledger::read_ring(std::uint64_t position, void* bytes, std::size_t size) const {
  const Header& h = header();
  const std::byte* ring = base_ + h.ring_offset;
  const std::size_t at = position % h.ring_size;
  const std::size_t first = std::min<std::size_t>(size, h.ring_size - at);
  std::memcpy(bytes, ring + at, first);
  std::memcpy(static_cast<std::byte*>(bytes) + first, ring, size - first);
}

bool Ledger::append(std::uint64_t sequence, std::string_view bucket) {
  Header& h = header();
  SEINE_CHECK(sequence > h.sealed, "buckets are sealed in order");
  const std::size_t size = sizeof(RecordHeader) + bucket.size();
  if (size > h.ring_size - (h.head - h.tail)) return false;
  const RecordHeader record{.size = static_cast<std::uint32_t>(bucket.size()),
                            .acknowledged = 0,
                            .sequence = sequence,
                            .checksum = ledger::checksum(bucket.data(), bucket.size())};
  write_ring(h.head, &record, sizeof record);
  write_ring(h.head + sizeof record, bucket.data(), bucket.size());
  pending_.push_back({sequence, h.head, record.size, false});
  ledger::publish(h.head, h.head + size);
  ledger::publish(h.sealed, sequence);
  return true;
}

std::vector<Ledger::Record> Ledger::oldest(std::size_t count, std::size_t bytes) const {
  std::vector<Record> records;
  std::size_t total = 0;
  for (const Pending& pending : pending_) {
    if (pending.acknowledged) continue;
    total += pending.size;
    if (records.size() == count || (total > bytes && !records.empty())) break;
    Record record{pending.sequence, std::string(pending.size, '\0')};
    read_ring(pending.position + sizeof(RecordHeader), record.bucket.data(), pending.size);
    records.push_back(std::move(record));
  }
  return records;
}

bool Ledger::acknowledge(std::uint64_t sequence) {
  const auto found = std::ranges::find(pending_, sequence, &Pending::sequence);
  if (found == pending_.end() || found->acknowledged) return false;
  Header& h = header();
  found->acknowledged = true;
  const std::uint32_t yes = 1;
  write_ring(found->position + offsetof(RecordHeader, acknowledged), &yes, sizeof yes);
  const auto first = std::ranges::find(pending_, false, &Pending::acknowledged);
  pending_.erase(pending_.begin(), first);
  if (!pending_.empty()) {
    ledger::publish(h.tail, pending_.front().position);
    return true;
  }
  // Empty: begin anew where the ring begins, so that a proxy that is listened to touches few pages.
  // A reader between the two stores sees a tail ahead of the head: nothing.
  const std::uint64_t start = (h.head + h.ring_size - 1) / h.ring_size * h.ring_size;
  ledger::publish(h.tail, start);
  ledger::publish(h.head, start);
  return true;
}

void Ledger::remove() {
  if (!path_.empty()) unlink(path_.c_str());
}

}  // namespace seine::telemetry
