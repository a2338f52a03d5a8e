// SPDX-License-Identifier: Apache-2.0
#include "control/registry/registry_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/base64.h"
#include "base/file.h"
#include "crypto/random.h"

namespace seine::control {
namespace {

constexpr unsigned kPrivate = 0600;
constexpr std::size_t kKeyOctets = 32;
constexpr std::size_t kMaxKeyFile = 256;

std::unexpected<Error> unusable(const std::string& path, std::string_view why) {
  return fail(ErrorCode::kInvalidConfig, path + " " + std::string(why));
}

std::unexpected<Error> failed(const std::string& path, std::string_view why) {
  return fail_errno(ErrorCode::kInvalidConfig, errno, path + " " + std::string(why));
}

Result<crypto::Secret> read_or_make_key(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return failed(path, "cannot be looked at");
    const crypto::Secret key(crypto::random_octets(kKeyOctets));
    auto created = create_file(path, encode_base64url(key.view()) + "\n", kPrivate);
    if (!created) return fail(std::move(created.error()));
  } else if ((info.st_mode & 077) != 0) {
    return unusable(path, "may be read by other users; give it mode 0600");
  }
  auto text = read_file(path, kMaxKeyFile);
  if (!text) return fail(std::move(text.error()));
  while (text->ends_with('\n')) text->pop_back();
  const auto key = decode_base64url(*text);
  if (!key || key->size() != kKeyOctets) {
    return unusable(path, "is no key of 32 octets; remove it, and a new one is made");
  }
  return crypto::Secret(*key);
}

}  // namespace

Result<RegistryDirectory> RegistryDirectory::open(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed(path, "cannot be made");
  Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return failed(path, "cannot be opened as a directory");
  struct stat info{};
  if (::fstat(directory.get(), &info) != 0) return failed(path, "cannot be looked at");
  if (info.st_uid != ::geteuid() && ::geteuid() != 0) return unusable(path, "is another user's");
  if ((info.st_mode & 022) != 0) {
    return unusable(path, "may be written by other users; give it mode 0700");
  }
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail(ErrorCode::kUnavailable, path + " is in use by another seine-controller");
    }
    return failed(path, "cannot be locked");
  }
  const std::string out = path + "/out";
  if (::mkdir(out.c_str(), 0700) != 0 && errno != EEXIST) return failed(out, "cannot be made");
  auto key = read_or_make_key(path + "/token.key");
  if (!key) return fail(std::move(key.error()));
  return RegistryDirectory(path, std::move(directory), info.st_uid, *std::move(key));
}

Result<std::optional<ParsedRegistry>> RegistryDirectory::load(const RegistryScope& scope,
                                                              const MeshNames& names,
                                                              const Log& log) const {
  const std::string path = state_path();
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;
  const auto text = read_file(path, kMaxRegistryBytes);
  if (!text && text.error().code != ErrorCode::kLimit) return fail(text.error());
  auto parsed = text ? parse_registry(*text, scope, names)
                     : Result<ParsedRegistry>(std::unexpected(text.error()));
  if (parsed) return std::optional(*std::move(parsed));
  if (parsed.error().code == ErrorCode::kInvalidConfig) {
    return fail(std::move(parsed.error()).with_context(path));
  }
  const std::string aside = path + ".corrupt";
  if (::rename(path.c_str(), aside.c_str()) != 0) {
    return failed(path, "is damaged and cannot be moved aside");
  }
  log_error(log, "the registry's file is damaged: it was moved aside, and all who run join again",
            {{"file", path}, {"now", aside}, {"reason", parsed.error().message}});
  return std::nullopt;
}

Result<void> RegistryDirectory::store(std::string_view text) const {
  if (text.size() > kMaxRegistryBytes) {
    return fail(ErrorCode::kLimit, state_path() + " would be over " +
                                       std::to_string(kMaxRegistryBytes >> 20) + " MiB");
  }
  return replace_file(state_path(), text, kPrivate);
}

}  // namespace seine::control
