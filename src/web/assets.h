// SPDX-License-Identifier: Apache-2.0
// The built pages: every file of a folder, read once and kept, so that a request can only name what
// was there when the process began. Immutable after load(); one loop.
//
// `x.js.gz` and `x.js.br` beside `x.js` are `x.js` as well, for clients that take them, and nothing
// of their own.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace seine::web {

inline constexpr std::size_t kMaxAssets = 2000;
inline constexpr std::size_t kMaxAssetBytes = 8 << 20;    // of one
inline constexpr std::size_t kMaxAssetsBytes = 64 << 20;  // of all

class Assets {
 public:
  // Errors kInvalidConfig: the folder cannot be read, or holds a link or a device; kLimit.
  static Result<Assets> load(const std::string& folder);

  // The answer to GET and HEAD of "/assets/index-Bx3f9a1c.js", as Target::path() has it; "/" is
  // "/index.html". Nothing where there is no such file.
  std::optional<http::Response> answer(std::string_view path,
                                       const http::RequestHead& request) const;
  std::size_t size() const { return assets_.size(); }

 private:
  using Content = std::shared_ptr<const std::string>;  // of a response that may outlive a call
  struct Variant {
    Content content;
    std::string etag;
  };
  struct Asset {
    Variant plain;
    std::optional<Variant> gzip;
    std::optional<Variant> brotli;
  };
  Result<void> add(const std::string& file, const std::string& path);

  std::map<std::string, Asset, std::less<>> assets_;
  std::size_t bytes_ = 0;
};

// The folder of the pages: `given`, else that beside the program, as it is installed or as it is
// built; empty where there is none. Error kInvalidConfig: `given` is no folder.
Result<std::string> choose_assets(const std::string& given, const std::string& program_folder);

// "text/html; charset=utf-8" of "/index.html"; "application/octet-stream" of what is not known.
std::string_view content_type_of(std::string_view path);
// Whether the name holds a digest of the content, as those that Vite makes do
// ("/assets/index-Bx3f9a1c.js"): what has the name will never be anything else.
bool is_named_by_content(std::string_view path);

}  // namespace seine::web
