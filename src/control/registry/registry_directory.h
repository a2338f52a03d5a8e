// SPDX-License-Identifier: Apache-2.0
// The directory of a standalone registry, which belongs to its owner alone (0700):
//
//   registry.json           what is known, 0600; see registry_file.h
//   registry.json.corrupt   the last one that could not be understood, moved aside
//   registry.sock           where the registry is served, 0600
//   out/feed.sock           where what runs and what it counts is told, 0600; changes nothing. In a
//                           folder of its own: who is shown that sees each new one, and no more
//   pages.sock              where programs of the owner get links to the mesh's own pages, 0600
//   feed/                   what is told there and nobody has yet; see telemetry/feed_spool.h
//   telemetry/              what proxies have counted; see telemetry/kept_counts.h
//   token.key               signs workloads' tokens, 0600, made at the first start
//
// Held locked, so that two controllers never write to one.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/result.h"
#include "control/registry/registry_file.h"
#include "crypto/secret.h"

namespace seine::control {

class RegistryDirectory {
 public:
  // Makes the directory (0700) if there is none. Errors, each naming the path: kInvalidConfig where
  // it is not a directory, not ours, writable by others, or its key can be read by others or is
  // none; kUnavailable while another controller uses it.
  static Result<RegistryDirectory> open(const std::string& path);

  uid_t owner() const { return owner_; }
  std::string_view token_key() const { return token_key_.view(); }
  std::string socket_path() const { return path_ + "/registry.sock"; }
  std::string state_path() const { return path_ + "/registry.json"; }
  std::string telemetry_path() const { return path_ + "/telemetry"; }
  std::string feed_socket_path() const { return path_ + "/out/feed.sock"; }
  std::string pages_socket_path() const { return path_ + "/pages.sock"; }
  std::string feed_path() const { return path_ + "/feed"; }

  // What was kept; nothing at the first start. A damaged file is moved aside and said in the log,
  // and nothing is known then: the processes that run join again. Error kInvalidConfig for a file
  // that is whole but of a newer version or another cluster, and for one that cannot be read or
  // moved.
  Result<std::optional<ParsedRegistry>> load(const RegistryScope& scope, const MeshNames& names,
                                             const Log& log) const;
  // The old content is kept on an error: kInvalidConfig with the errno; kLimit for what load()
  // would not take.
  Result<void> store(std::string_view text) const;

 private:
  RegistryDirectory(std::string path, Descriptor lock, uid_t owner, crypto::Secret key)
      : path_(std::move(path)), lock_(std::move(lock)), owner_(owner), token_key_(std::move(key)) {}

  std::string path_;
  Descriptor lock_;  // the directory itself
  uid_t owner_;
  crypto::Secret token_key_;
};

}  // namespace seine::control
