// SPDX-License-Identifier: Apache-2.0
// A backup's file, written and read frame by frame. Blocking: for a command, not beside traffic.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "dive/store/backup_frames.h"

namespace seine::dive {

class BackupWriter {
 public:
  // Writes `path`.tmp (0600) first, and puts it in the place of what is at `path` when it is whole
  // and on disk. Error kInvalidConfig; kDatabaseFull where there is no room.
  static Result<BackupWriter> create(std::string path);
  BackupWriter(BackupWriter&&) = default;
  BackupWriter& operator=(BackupWriter&&) = delete;
  // Without finish() nothing of it stays.
  ~BackupWriter();

  Result<void> add(const BackupContent& content);
  Result<void> finish();

 private:
  BackupWriter(std::string path, Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Result<void> write(std::string_view bytes);

  std::string path_;
  Descriptor file_;
  crypto::Sha256 digest_{};
};

class BackupReader {
 public:
  // Error kInvalidConfig: it cannot be read, or is no backup of a form that is known.
  static Result<BackupReader> open(const std::string& path);

  const BackupHeader& header() const { return header_; }
  // The next frame; a BackupEnd is the last. Error kInvalidConfig for a damaged file.
  Result<BackupContent> next();

 private:
  explicit BackupReader(Descriptor file) : file_(std::move(file)) {}
  Result<void> read(char* out, std::size_t size);

  Descriptor file_;
  crypto::Sha256 digest_{};
  BackupHeader header_;
  std::size_t columns_ = 0;  // of the table whose rows come
};

}  // namespace seine::dive
