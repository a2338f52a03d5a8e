// SPDX-License-Identifier: Apache-2.0
#include "telemetry/dead_ledger.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "seine/telemetry/v1/telemetry.pb.h"
#include "telemetry/keys.h"
#include "telemetry/ledger_format.h"
#include "telemetry/seal.h"

namespace seine::telemetry {

using runtime::Task;

namespace {

constexpr std::string_view kPrefix = "ledger.";
constexpr std::size_t kBootDigits = 32;
constexpr std::string_view kUnreadable = ".bad";

std::unexpected<Error> damaged(std::string what) {
  return fail(ErrorCode::kProtocol, "the ledger is damaged: " + what);
}

class Reading {
 public:
  explicit Reading(std::span<const std::byte> bytes) : bytes_(bytes) {}

  Result<DeadLedger> read() {
    Result<void> step = read_header();
    if (step) step = read_ring();
    if (step) step = read_halves();
    if (!step) return fail(step.error());
    return std::move(ledger_);
  }

 private:
  template <class T>
  T at(std::size_t offset) const {
    T value;
    std::memcpy(static_cast<void*>(&value), bytes_.data() + offset, sizeof value);
    return value;
  }
  // From the ring, whose end is followed by its beginning.
  std::string ring_bytes(std::uint64_t position, std::size_t size) const;
  Result<void> read_header();
  Result<void> read_ring();
  Result<void> read_halves();

  const std::span<const std::byte> bytes_;
  ledger::Header header_{};
  std::uint64_t sealed_ = 0;
  DeadLedger ledger_;
};

Result<void> Reading::read_header() {
  if (bytes_.size() < ledger::kPage) return fail(ErrorCode::kProtocol, "the file is no ledger");
  header_ = at<ledger::Header>(0);
  if (header_.magic != ledger::kMagic) return fail(ErrorCode::kProtocol, "the file is no ledger");
  if (header_.version != ledger::kVersion) {
    return fail(ErrorCode::kProtocol, "the ledger has version " + std::to_string(header_.version) +
                                          ", this program reads " +
                                          std::to_string(ledger::kVersion));
  }
  if (header_.lanes == 0 || header_.lanes > ledger::kMaxLanes ||
      header_.slots <= ledger::kOverflowSlots || header_.slots > ledger::kMaxSlots ||
      header_.reporter_size > ledger::kMaxReporter) {
    return damaged("its header is out of range");
  }
  if (header_.ring_offset != ledger::half_offset(header_.slots, header_.lanes, 0) ||
      header_.ring_offset > bytes_.size() || header_.ring_size < sizeof(ledger::RecordHeader) ||
      header_.ring_size != bytes_.size() - header_.ring_offset) {
    return damaged("its parts do not make up its size");
  }
  ledger_.reporter.assign(header_.reporter, header_.reporter_size);
  v1::Reporter reporter;
  if (!reporter.ParseFromString(ledger_.reporter)) return damaged("its reporter does not parse");
  if (reporter.instance().size() != 16 || reporter.boot().size() != 16) {
    return damaged("its reporter has no instance and boot");
  }
  return {};
}

std::string Reading::ring_bytes(std::uint64_t position, std::size_t size) const {
  std::string out(size, '\0');
  const std::size_t at = position % header_.ring_size;
  const std::size_t first = std::min<std::size_t>(size, header_.ring_size - at);
  std::memcpy(out.data(), bytes_.data() + header_.ring_offset + at, first);
  std::memcpy(out.data() + first, bytes_.data() + header_.ring_offset, size - first);
  return out;
}

Result<void> Reading::read_ring() {
  sealed_ = header_.sealed;
  // While an empty ring begins anew, its tail may be ahead.
  if (header_.tail >= header_.head) return {};
  if (header_.head - header_.tail > header_.ring_size) return damaged("its ring is overfull");
  std::uint64_t last = 0;
  for (std::uint64_t position = header_.tail; position < header_.head;) {
    ledger::RecordHeader record{};
    if (header_.head - position < sizeof record) return damaged("a record is cut off");
    std::memcpy(&record, ring_bytes(position, sizeof record).data(), sizeof record);
    position += sizeof record;
    if (record.size > header_.head - position) return damaged("a record is cut off");
    if (record.sequence <= last) return damaged("its buckets are not in order");
    last = record.sequence;
    std::string message = ring_bytes(position, record.size);
    position += record.size;
    if (ledger::checksum(message.data(), message.size()) != record.checksum) {
      return damaged("bucket " + std::to_string(last) + " has another checksum");
    }
    if (record.acknowledged == 0) ledger_.buckets.push_back({last, std::move(message)});
  }
  // Killed between taking the record in and saying so.
  sealed_ = std::max(sealed_, last);
  return {};
}

Result<void> Reading::read_halves() {
  struct Part {
    std::int64_t start = 0;
    std::vector<std::vector<ledger::Slot>> lanes;
  };
  std::map<std::uint64_t, Part> parts;
  for (std::size_t i = 0; i < std::size_t{header_.lanes} * 2; ++i) {
    const std::size_t offset = ledger::half_offset(header_.slots, i / 2, i % 2);
    const auto half = at<ledger::HalfHeader>(offset);
    if (half.sequence <= sealed_) continue;
    // One bucket is counted while the one before it is sealed.
    if (half.sequence - sealed_ > 2 || half.rows > header_.slots) {
      return damaged("a bucket is out of its turn");
    }
    Part& part = parts[half.sequence];
    part.start = half.start;
    std::vector<ledger::Slot>& slots = part.lanes.emplace_back(half.rows);
    if (half.rows > 0) {
      std::memcpy(static_cast<void*>(slots.data()), bytes_.data() + offset + sizeof half,
                  half.rows * sizeof(ledger::Slot));
    }
  }
  for (const auto& [sequence, part] : parts) {
    std::vector<LaneRows> lanes;
    lanes.reserve(part.lanes.size());
    for (const auto& slots : part.lanes) lanes.push_back({slots});
    const BucketTime time{.start = WallTime(Duration(part.start)), .length = std::nullopt};
    ledger_.buckets.push_back(
        {sequence, encode_bucket(sequence, time, lanes, header_.ring_size / 2)});
  }
  return {};
}

// A file that is locked until this is destroyed.
class LockedFile {
 public:
  static Result<LockedFile> open(const std::string& path) {
    LockedFile file;
    file.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file.fd_ < 0) {
      return fail_errno(ErrorCode::kUnavailable, errno, "cannot open the ledger " + path);
    }
    if (flock(file.fd_, LOCK_EX | LOCK_NB) != 0) {
      Error error = errno_error(ErrorCode::kUnavailable, errno, path + " is in use by its proxy");
      error.retryable = true;
      return fail(std::move(error));
    }
    return file;
  }
  LockedFile(LockedFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  LockedFile& operator=(LockedFile&&) = delete;
  ~LockedFile() {
    if (fd_ >= 0) close(fd_);
  }

  Result<std::vector<std::byte>> read(const std::string& path) const {
    struct stat info{};
    if (fstat(fd_, &info) != 0) {
      return fail_errno(ErrorCode::kUnavailable, errno, "cannot read the ledger " + path);
    }
    if (!S_ISREG(info.st_mode) || static_cast<std::uint64_t>(info.st_size) > ledger::kMaxFile) {
      return fail(ErrorCode::kProtocol, path + " is no ledger");
    }
    std::vector<std::byte> bytes(static_cast<std::size_t>(info.st_size));
    std::size_t have = 0;
    while (have < bytes.size()) {
      const ssize_t n = ::read(fd_, bytes.data() + have, bytes.size() - have);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        return fail_errno(ErrorCode::kUnavailable, errno, "cannot read the ledger " + path);
      }
      if (n == 0) break;
      have += static_cast<std::size_t>(n);
    }
    bytes.resize(have);
    return bytes;
  }

 private:
  LockedFile() = default;
  int fd_ = -1;
};

Result<DeadLedger> read_locked(const LockedFile& file, const std::string& path) {
  const Result<std::vector<std::byte>> bytes = file.read(path);
  if (!bytes) return fail(bytes.error());
  Result<DeadLedger> ledger = parse_ledger(*bytes);
  if (!ledger) return fail(std::move(ledger.error()).with_context(path));
  return ledger;
}

void append_varint(std::string& out, std::size_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

bool is_ledger_name(std::string_view name) {
  return name.size() == kPrefix.size() + kBootDigits && name.starts_with(kPrefix) &&
         name.substr(kPrefix.size()).find_first_not_of("0123456789abcdef") ==
             std::string_view::npos;
}

// Paths of ledgers whose names have `suffix` behind them, sorted.
std::vector<std::string> find_files(const std::string& dir, std::string_view suffix) {
  std::vector<std::string> paths;
  DIR* listing = opendir(dir.c_str());
  if (listing == nullptr) return paths;
  while (const dirent* entry = readdir(listing)) {
    std::string_view name = entry->d_name;
    if (!name.ends_with(suffix)) continue;
    name.remove_suffix(suffix.size());
    if (is_ledger_name(name)) paths.push_back(dir + "/" + entry->d_name);
  }
  closedir(listing);
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

Result<DeadLedger> parse_ledger(std::span<const std::byte> bytes) {
  return Reading(bytes).read();
}

Result<DeadLedger> read_ledger(const std::string& path) {
  Result<LockedFile> file = LockedFile::open(path);
  if (!file) return fail(file.error());
  return read_locked(*file, path);
}

std::vector<std::string> find_ledgers(const std::string& dir) {
  return find_files(dir, "");
}

std::vector<std::string> remove_unreadable(const std::string& dir) {
  std::vector<std::pair<timespec, std::string>> found;
  for (std::string& path : find_files(dir, kUnreadable)) {
    struct stat info{};
    if (lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode))
      found.emplace_back(info.st_mtim, std::move(path));
  }
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return std::tie(a.first.tv_sec, a.first.tv_nsec, a.second) >
           std::tie(b.first.tv_sec, b.first.tv_nsec, b.second);
  });
  std::vector<std::string> removed;
  for (std::size_t i = kKeptUnreadable; i < found.size(); ++i) {
    if (unlink(found[i].second.c_str()) == 0) removed.push_back(std::move(found[i].second));
  }
  return removed;
}

std::string ledger_path(const std::string& dir, std::string_view boot) {
  return dir + "/" + std::string(kPrefix) + hexadecimal(boot);
}

std::string encode_report(std::string_view reporter, std::span<const DeadLedger::Bucket> buckets,
                          WallTime now) {
  v1::ReportRequest request;
  // It was encoded here, or has been parsed once.
  [[maybe_unused]] const bool parsed = request.mutable_reporter()->ParseFromArray(
      reporter.data(), static_cast<int>(reporter.size()));
  const std::int64_t nanoseconds = std::max<std::int64_t>(now.time_since_epoch().count(), 0);
  request.mutable_sent_at()->set_seconds(nanoseconds / 1'000'000'000);
  request.mutable_sent_at()->set_nanos(static_cast<std::int32_t>(nanoseconds % 1'000'000'000));
  std::string out = request.SerializeAsString();
  // Buckets are messages already: each becomes a field without being taken apart.
  constexpr char kBucketsTag = v1::ReportRequest::kBucketsFieldNumber << 3 | 2;
  for (const DeadLedger::Bucket& bucket : buckets) {
    out += kBucketsTag;
    append_varint(out, bucket.message.size());
    out += bucket.message;
  }
  return out;
}

namespace {

// As many of `buckets` as one report may have, one at least; `most` buckets.
std::size_t batch_of(std::span<const DeadLedger::Bucket> buckets, std::size_t most) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < buckets.size() && count < most) {
    bytes += buckets[count].message.size();
    if (bytes > kMaxReportBytes && count > 0) break;
    ++count;
  }
  return count;
}

}  // namespace

Task<Result<void>> deliver(const Clock& clock, std::string path, ReportSink& sink,
                           std::uint64_t* dropped) {
  Result<LockedFile> file = LockedFile::open(path);
  if (!file) co_return fail(file.error());
  Result<DeadLedger> ledger = read_locked(*file, path);
  if (!ledger) {
    if (ledger.error().code == ErrorCode::kProtocol) {
      [[maybe_unused]] const int ignored =
          rename(path.c_str(), (path + std::string(kUnreadable)).c_str());
    }
    co_return fail(ledger.error());
  }
  std::vector<DeadLedger::Bucket>& left = ledger->buckets;
  std::size_t most = kMaxBuckets;
  while (!left.empty()) {
    const std::size_t count = batch_of(left, most);
    auto acknowledged = co_await sink.report(
        encode_report(ledger->reporter, std::span(left).first(count), clock.wall_now()));
    if (!acknowledged && acknowledged.error().code != ErrorCode::kInvalidArgument) {
      co_return fail(acknowledged.error());
    }
    if (!acknowledged) {
      // One of them can never be taken: they go one by one.
      if (count > 1) {
        most = 1;
        continue;
      }
      left.erase(left.begin());
      if (dropped != nullptr) ++*dropped;
      continue;
    }
    most = kMaxBuckets;
    const std::size_t before = left.size();
    std::erase_if(left, [&](const DeadLedger::Bucket& bucket) {
      return std::ranges::find(*acknowledged, bucket.sequence) != acknowledged->end();
    });
    if (left.size() == before) {
      co_return fail(ErrorCode::kUnavailable, "the receiver acknowledged nothing of " + path);
    }
  }
  unlink(path.c_str());
  co_return Result<void>();
}

}  // namespace seine::telemetry
