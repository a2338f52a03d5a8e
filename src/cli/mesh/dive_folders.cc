// SPDX-License-Identifier: Apache-2.0
#include "cli/mesh/dive_folders.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "json/value.h"
#include "json/writer.h"

namespace seine::cli {
namespace {

constexpr std::size_t kMaxNote = 4096;
constexpr std::size_t kMaxToken = 4096;

// Of what a symbolic link points at nothing is changed. The folder itself is the last: until then
// it is not its new owner's.
Result<void> give_away(const std::string& path, const netns::Identity& owner) {
  std::error_code failed;
  const auto give = [&](const std::string& file) {
    return ::lchown(file.c_str(), owner.uid, owner.gid) == 0;
  };
  for (std::filesystem::recursive_directory_iterator entry(path, failed), end;
       !failed && entry != end; entry.increment(failed)) {
    if (!give(entry->path())) failed = std::error_code(errno, std::generic_category());
    if (failed) break;
  }
  if (!failed && !give(path)) failed = std::error_code(errno, std::generic_category());
  if (!failed) return {};
  return fail_errno(ErrorCode::kInvalidConfig, failed.value(),
                    path + " cannot be given to user " + std::to_string(owner.uid));
}

Result<std::string> text_member(const std::string& text, std::string_view key) {
  const auto value = json::parse(text);
  const json::Value* const member = value ? value->find(key) : nullptr;
  const std::string* const found = member != nullptr ? member->string() : nullptr;
  if (found == nullptr || found->empty()) {
    return fail(ErrorCode::kProtocol, "there is no \"" + std::string(key) + "\" in it");
  }
  return *found;
}

}  // namespace

Result<void> prepare_folder(const std::string& path, const netns::Identity& owner) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be made");
  }
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, path + " cannot be looked at");
  }
  if (!S_ISDIR(found.st_mode)) return fail(ErrorCode::kInvalidConfig, path + " is no folder");
  if ((found.st_mode & 077) != 0) {
    return fail(ErrorCode::kInvalidConfig, path + " is open to others: chmod 700 " + path);
  }
  if (found.st_uid == owner.uid) return {};
  if (::geteuid() == 0) return give_away(path, owner);
  return fail(ErrorCode::kInvalidConfig, path + " belongs to another user");
}

std::string web_url(const SocketAddr& addr) {
  return "http://" + addr.to_string();
}

std::string render_note(std::string_view url) {
  json::Writer out;
  out.begin_object().key("url").string(url).end_object();
  return std::move(out).take() + "\n";
}

Result<std::string> parse_note(const std::string& text) {
  auto url = text_member(text, "url");
  if (url && !url->starts_with("http://")) {
    return fail(ErrorCode::kProtocol, "its url is none of ours");
  }
  return url;
}

Result<std::string> read_note(const std::string& path) {
  const auto text = read_file(path, kMaxNote);
  if (!text) return fail(ErrorCode::kUnavailable, path + " is not there");
  auto url = parse_note(*text);
  if (!url) return fail(std::move(url.error()).with_context(path));
  return url;
}

std::string join_token_request(std::string_view cluster) {
  json::Writer out;
  out.begin_object().key("cluster").string(cluster).end_object();
  return std::move(out).take();
}

Result<std::string> parse_join_token(const std::string& body) {
  auto token = text_member(body, "token");
  // It becomes the one line of a file.
  const bool is_plain = token && token->size() <= kMaxToken &&
                        std::ranges::all_of(*token, [](char c) { return c > ' ' && c < '\x7f'; });
  if (token && !is_plain) return fail(ErrorCode::kProtocol, "its token is none");
  return token;
}

}  // namespace seine::cli
