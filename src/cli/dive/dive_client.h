// SPDX-License-Identifier: Apache-2.0
// Questions to the Dive of a mesh on this machine, as HTTP/1 and JSON over DIR/dive/owner.sock,
// which its own user and root may open. What can be asked: docs/internals/dive-api.md. The mesh's
// own pages are asked likewise, over DIR/registry/pages.sock: docs/internals/mesh-pages.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/verb.h"
#include "json/value.h"

namespace seine::cli {

inline constexpr std::size_t kMaxDiveAnswer = 16 << 20;
inline constexpr std::chrono::seconds kDivePatience{10};

struct DiveRequest {
  std::string method = "GET";
  std::string path;       // below /api/v1: "/objectives"
  std::string body = {};  // JSON; empty: none
};

// Nothing came, or Dive refused: then `error.message` and `hint` are its words, and error.code is
// kInvalidConfig where what was asked is at fault.
struct DiveFailure {
  Error error;
  std::string hint;        // what to do; may be empty
  bool is_dives = false;   // Dive said it
  bool is_absent = false;  // a mesh runs there, and nobody in it whom to ask
};

// The answer's document; null if it has none.
using DiveAnswer = std::expected<json::Value, DiveFailure>;

// Blocks, for at most `patience`. Errors that are not Dive's: kInvalidConfig of choose_mesh();
// kUnavailable: no mesh runs there, or one without Dive; kTimeout; kLimit; kProtocol: what
// answers is not Dive; kUnauthorized: it is another user's.
DiveAnswer ask_dive(const Invocation& invocation, const DiveRequest& request,
                    Duration patience = kDivePatience);

// Likewise of the mesh's own pages.
DiveAnswer ask_mesh_pages(const Invocation& invocation, const DiveRequest& request,
                          Duration patience = kDivePatience);

// Says it on stderr, "error: ...", "hint: ..." for Dive's own words; gives the exit code.
int complain(const DiveFailure& failure);

// On stdout, as one line of JSON; gives the exit code.
int print_document(const json::Value& document);

// The folder of the mesh's Dive: DIR/dive.
std::string dive_folder(std::string_view mesh_folder);

// What stands in a path or behind "=": all but letters, digits and "-._~" is escaped.
std::string url_encoded(std::string_view text);

}  // namespace seine::cli
