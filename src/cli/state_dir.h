// SPDX-License-Identifier: Apache-2.0
// Where a standalone mesh keeps its state, and which meshes run. One folder is one mesh.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace seine::cli {

using Environment = std::map<std::string, std::string, std::less<>>;

// The folder `seine up` uses: `flag` (--dir) if not empty, else SEINE_DIR, else /var/lib/seine for
// root (`uid` 0), else $XDG_STATE_HOME/seine, else $HOME/.local/state/seine. Absolute and without
// dots. Error kInvalidConfig if there is no way to tell, with what to set.
Result<std::string> choose_state_dir(std::string_view flag, const Environment& environment,
                                     unsigned uid, std::string_view current_folder);

}  // namespace seine::cli
