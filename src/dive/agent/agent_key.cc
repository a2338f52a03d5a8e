// SPDX-License-Identifier: Apache-2.0
#include "dive/agent/agent_key.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/file.h"

namespace seine::dive {
namespace {

constexpr unsigned kPrivate = 0600;
constexpr std::size_t kMaxKeyFile = 8192;

}  // namespace

Result<crypto::PrivateKey> read_or_make_key(const std::string& folder) {
  const std::string path = folder + "/agent.key";
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) {
      return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be looked at");
    }
    auto key = crypto::PrivateKey::generate();
    if (!key) return key;
    auto made = create_file(path, key->to_pkcs8_pem().view(), kPrivate);
    if (!made) return fail(std::move(made.error()));
    return key;
  }
  if ((info.st_mode & 077) != 0) {
    return fail(ErrorCode::kInvalidConfig, path + " may be read by other users; give it mode 0600");
  }
  const auto text = read_file(path, kMaxKeyFile);
  if (!text) return fail(text.error());
  return crypto::PrivateKey::from_pem(*text, path);
}

std::string challenge_text(std::string_view cluster, std::string_view nonce) {
  std::string text = "dive.v1 agent";
  text.push_back('\0');
  text.append(cluster).push_back('\0');
  return text.append(nonce);
}

}  // namespace seine::dive
