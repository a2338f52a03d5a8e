// SPDX-License-Identifier: Apache-2.0
// What `seine up` lays out for Dive in the state folder, and the notes by which other commands find
// it: web.json says where its pages are on this machine, admin.json where /ready and /metrics are.
#pragma once

#include <string>
#include <string_view>

#include "base/net.h"
#include "base/result.h"
#include "cli/mesh/mesh_folder.h"
#include "netns/launch.h"

namespace seine::cli {

// Makes `path` (0700), or gives it to `owner` with all that is in it if it is another's and we are
// root. Errors kInvalidConfig: no folder, open to others, or somebody else's.
Result<void> prepare_folder(const std::string& path, const netns::Identity& owner);

std::string web_url(const SocketAddr& addr);  // "http://127.0.0.1:50750"
std::string render_note(std::string_view url);
// The url. Error kProtocol: it is no such note.
Result<std::string> parse_note(const std::string& text);
// Error kUnavailable: there is none, so nothing of the kind runs.
Result<std::string> read_note(const std::string& path);

// What is asked of Dive, at POST /api/v1/join-tokens, so that a cluster may join.
std::string join_token_request(std::string_view cluster);
// The token in the answer. Error kProtocol.
Result<std::string> parse_join_token(const std::string& body);

}  // namespace seine::cli
