// SPDX-License-Identifier: Apache-2.0
#include "web/assets.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/file.h"
#include "crypto/digest.h"
#include "web/encoding.h"

namespace seine::web {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes{
    {{".html", "text/html; charset=utf-8"},
     {".js", "text/javascript; charset=utf-8"},
     {".css", "text/css; charset=utf-8"},
     {".json", "application/json"},
     {".map", "application/json"},
     {".webmanifest", "application/manifest+json"},
     {".svg", "image/svg+xml"},
     {".png", "image/png"},
     {".ico", "image/x-icon"},
     {".webp", "image/webp"},
     {".woff2", "font/woff2"},
     {".txt", "text/plain; charset=utf-8"},
     {".wasm", "application/wasm"}}};

constexpr std::size_t kDigestInName = 8;
constexpr std::size_t kDigestInEtag = 16;  // of octets
constexpr std::size_t kPiece = 64 * 1024;

// A body that shares what it sends.
class SharedBody final : public http::Body {
 public:
  explicit SharedBody(std::shared_ptr<const std::string> content) : content_(std::move(content)) {}

  http::BodyPoll poll(runtime::Wakeable&, runtime::Bytes& data) override {
    const std::string_view rest = std::string_view(*content_).substr(sent_);
    if (rest.empty()) return http::BodyPoll::kEnd;
    data = runtime::Bytes::copy_of(rest.substr(0, kPiece));
    sent_ += data.size();
    return http::BodyPoll::kData;
  }
  const Error& error() const override { return error_; }
  std::optional<std::uint64_t> length() const override { return content_->size() - sent_; }

 private:
  const std::shared_ptr<const std::string> content_;
  std::size_t sent_ = 0;
  const Error error_;
};

bool is_digest_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '-';
}

// "x.js" of "x.js.gz"; nothing of others.
std::optional<std::string_view> packed_name(std::string_view path, std::string_view ending) {
  if (!path.ends_with(ending)) return std::nullopt;
  return path.substr(0, path.size() - ending.size());
}

Error cannot_read(const std::string& path, std::string_view why) {
  return make_error(ErrorCode::kInvalidConfig, path + ": " + std::string(why));
}

// Beside the program as it is installed, and as it is built.
constexpr std::string_view kPlaces[] = {"/../share/seine/web", "/../../web"};

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

}  // namespace

std::string_view content_type_of(std::string_view path) {
  const auto dot = path.rfind('.');
  const std::string_view ending = dot == std::string_view::npos ? "" : path.substr(dot);
  const auto found = std::ranges::find(kTypes, ending, &decltype(kTypes)::value_type::first);
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

bool is_named_by_content(std::string_view path) {
  if (!path.starts_with("/assets/")) return false;
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const auto dot = name.find('.');
  if (dot == std::string_view::npos || dot <= kDigestInName) return false;
  const std::string_view digest = name.substr(dot - kDigestInName, kDigestInName);
  return name[dot - kDigestInName - 1] == '-' && std::ranges::all_of(digest, is_digest_character);
}

Result<Assets> Assets::load(const std::string& folder) {
  std::error_code failed;
  Assets out;
  std::vector<std::pair<std::string, std::string>> files;  // by path, so that "x" is before "x.gz"
  for (auto entry = fs::recursive_directory_iterator(folder, failed);
       !failed && entry != fs::recursive_directory_iterator(); entry.increment(failed)) {
    const auto status = entry->symlink_status(failed);
    if (failed) break;
    if (fs::is_directory(status)) continue;
    const std::string file = entry->path().string();
    // A link could lead out of the folder.
    if (!fs::is_regular_file(status)) return fail(cannot_read(file, "is no plain file"));
    if (files.size() == kMaxAssets) {
      return fail(ErrorCode::kLimit,
                  folder + " has more than " + std::to_string(kMaxAssets) + " files");
    }
    files.emplace_back("/" + entry->path().lexically_relative(folder).generic_string(), file);
  }
  if (failed) return fail(cannot_read(folder, failed.message()));
  std::ranges::sort(files);
  for (const auto& [path, file] : files) {
    if (auto added = out.add(file, path); !added) return fail(std::move(added.error()));
  }
  return out;
}

Result<void> Assets::add(const std::string& file, const std::string& path) {
  auto text = read_file(file, kMaxAssetBytes);
  if (!text) return fail(std::move(text.error()));
  bytes_ += text->size();
  if (bytes_ > kMaxAssetsBytes) {
    return fail(ErrorCode::kLimit, file + ": the pages are larger than " +
                                       std::to_string(kMaxAssetsBytes) + " bytes in all");
  }
  const crypto::Sha256 digest = crypto::sha256(*text);
  const std::string_view start(reinterpret_cast<const char*>(digest.data()), kDigestInEtag);
  Variant variant{.content = std::make_shared<const std::string>(*std::move(text)),
                  .etag = "\"" + encode_base64url(start) + "\""};
  for (const auto& [ending, member] :
       {std::pair(".gz", &Asset::gzip), std::pair(".br", &Asset::brotli)}) {
    const auto name = packed_name(path, ending);
    const auto of = name ? assets_.find(*name) : assets_.end();
    if (of == assets_.end()) continue;
    of->second.*member = std::move(variant);
    return {};
  }
  assets_[path].plain = std::move(variant);
  return {};
}

std::optional<http::Response> Assets::answer(std::string_view path,
                                             const http::RequestHead& request) const {
  if (path == "/") path = "/index.html";
  const auto found = assets_.find(path);
  if (found == assets_.end()) return std::nullopt;
  const Asset& asset = found->second;
  const std::string_view taken = request.headers.get("accept-encoding").value_or("");
  const Variant* variant = &asset.plain;
  http::Response response;
  http::Headers& headers = response.head.headers;
  if (asset.brotli && accepts_coding(taken, "br")) {
    variant = &*asset.brotli;
    headers.add("content-encoding", "br");
  } else if (asset.gzip && accepts_coding(taken, "gzip")) {
    variant = &*asset.gzip;
    headers.add("content-encoding", "gzip");
  }
  if (asset.brotli || asset.gzip) headers.add("vary", "accept-encoding");
  headers.add("etag", variant->etag);
  headers.add("cache-control",
              is_named_by_content(path) ? "public, max-age=31536000, immutable" : "no-cache");
  if (matches_etag(request.headers.get("if-none-match").value_or(""), variant->etag)) {
    response.head.status = 304;
    headers.remove("content-encoding");
    return response;
  }
  headers.add("content-type", content_type_of(path));
  if (!variant->content->empty()) {
    response.body = std::make_unique<SharedBody>(variant->content);
  }
  return response;
}

Result<std::string> choose_assets(const std::string& given, const std::string& program_folder) {
  if (!given.empty()) {
    if (is_folder(given)) return given;
    return fail(ErrorCode::kInvalidConfig, "there is no folder " + given);
  }
  for (const std::string_view place : kPlaces) {
    std::string path = program_folder + std::string(place);
    if (is_folder(path)) return path;
  }
  return std::string();
}

}  // namespace seine::web
