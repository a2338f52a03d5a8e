// SPDX-License-Identifier: Apache-2.0
#include "dive/store/backup_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace seine::dive {

namespace {

std::unexpected<Error> damaged(std::string why) {
  return fail(ErrorCode::kInvalidConfig, "the backup is damaged: " + std::move(why));
}

std::string big_endian(std::size_t size) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(size >> shift));
  return out;
}

}  // namespace

Result<BackupWriter> BackupWriter::create(std::string path) {
  const std::string temporary = path + ".tmp";
  ::unlink(temporary.c_str());
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Descriptor file(::open(temporary.c_str(), kFlags, 0600));
  if (!file) return fail_errno(ErrorCode::kInvalidConfig, errno, temporary + " cannot be made");
  BackupWriter writer(std::move(path), std::move(file));
  if (auto done = writer.write(kBackupMagic); !done) return fail(std::move(done.error()));
  return writer;
}

BackupWriter::~BackupWriter() {
  if (file_) ::unlink((path_ + ".tmp").c_str());
}

Result<void> BackupWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
      return fail_errno(full ? ErrorCode::kDatabaseFull : ErrorCode::kUnavailable, errno,
                        path_ + " cannot be written");
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> BackupWriter::add(const BackupContent& content) {
  const sql::Blob bytes = encode_content(content);
  if (bytes.size() > kMaxFrameBytes) return fail(ErrorCode::kLimit, "a frame is over its limit");
  digest_ = chain(digest_, bytes);
  const std::string head = big_endian(bytes.size());
  for (const std::string_view part :
       {std::string_view(head),
        std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
        std::string_view(reinterpret_cast<const char*>(digest_.data()), digest_.size())}) {
    if (auto done = write(part); !done) return done;
  }
  return {};
}

Result<void> BackupWriter::finish() {
  const std::string temporary = path_ + ".tmp";
  if (::fsync(file_.get()) != 0 || std::rename(temporary.c_str(), path_.c_str()) != 0) {
    return fail_errno(ErrorCode::kUnavailable, errno, path_ + " cannot be written");
  }
  file_.reset();
  const std::string folder = std::filesystem::path(path_).parent_path().string();
  const Descriptor place(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (place) ::fsync(place.get());
  return {};
}

Result<BackupReader> BackupReader::open(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) {
    return fail(ErrorCode::kInvalidConfig, "there is no file " + path);
  }
  if (!file) return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be read");
  BackupReader reader(std::move(file));
  std::string magic(kBackupMagic.size(), 0);
  if (!reader.read(magic.data(), magic.size()) || magic != kBackupMagic) {
    return fail(ErrorCode::kInvalidConfig, path + " is no backup of Dive's store");
  }
  auto first = reader.next();
  if (!first) return fail(std::move(first.error()));
  const auto* header = std::get_if<BackupHeader>(&*first);
  if (header == nullptr) return damaged("it does not begin with its header");
  if (header->form != kBackupForm) {
    return fail(ErrorCode::kInvalidConfig, path + " is a backup of form " +
                                               std::to_string(header->form) +
                                               ", and this program knows form " +
                                               std::to_string(kBackupForm) + ": use a newer one");
  }
  reader.header_ = *header;
  return reader;
}

Result<void> BackupReader::read(char* out, std::size_t size) {
  while (size > 0) {
    const ssize_t got = ::read(file_.get(), out, size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(ErrorCode::kInvalidConfig, errno, "the backup cannot be read");
    if (got == 0) return damaged("it ends too early");
    out += got;
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

Result<BackupContent> BackupReader::next() {
  std::array<char, 4> head{};
  if (auto got = read(head.data(), head.size()); !got) return fail(std::move(got.error()));
  std::size_t size = 0;
  for (const char octet : head) size = size << 8 | static_cast<unsigned char>(octet);
  if (size > kMaxFrameBytes) return damaged("a frame is too long");
  sql::Blob bytes;
  // A hostile length costs what the file really has.
  for (std::size_t have = 0; have < size;) {
    constexpr std::size_t kStep = 1 << 20;
    const std::size_t more = std::min(kStep, size - have);
    bytes.resize(have + more);
    auto got = read(reinterpret_cast<char*>(bytes.data()) + have, more);
    if (!got) return fail(std::move(got.error()));
    have += more;
  }
  crypto::Sha256 told{};
  auto got = read(reinterpret_cast<char*>(told.data()), told.size());
  if (!got) return fail(std::move(got.error()));
  digest_ = chain(digest_, bytes);
  if (told != digest_) return damaged("a checksum is wrong");
  auto content = decode_content(bytes, columns_);
  if (!content) return damaged(content.error().message);
  if (const auto* table = std::get_if<BackupTable>(&*content)) columns_ = table->columns.size();
  return content;
}

}  // namespace seine::dive
