// SPDX-License-Identifier: Apache-2.0
// seine completion SHELL: a small script that asks `seine __complete` for each candidate list, so
// that new flags and resources need no new script.
#include <array>
#include <string_view>
#include <utility>

#include "cli/verb.h"

namespace seine::cli {
namespace {

constexpr std::string_view kBash = R"(# bash completion for seine. Load it with
#   source <(seine completion bash)
_seine() {
  local IFS=$'\n'
  COMPREPLY=()
  local line
  while read -r line; do
    COMPREPLY+=("${line%%$'\t'*}")
  done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _seine seine
)";

constexpr std::string_view kZsh = R"(#compdef seine
# zsh completion for seine. Load it with
#   source <(seine completion zsh)
_seine() {
  local -a candidates
  local line
  while IFS=$'\t' read -r word help; do
    candidates+=("${word//:/\\:}${help:+:$help}")
  done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#candidates} )); then _describe 'seine' candidates; else _files; fi
}
compdef _seine seine
)";

constexpr std::string_view kFish = R"(# fish completion for seine. Load it with
#   seine completion fish | source
function __seine_complete
    set -l words (commandline -opc) (commandline -ct)
    seine __complete -- $words[2..-1] 2>/dev/null
end
complete -c seine -f -a '(__seine_complete)'
)";

constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kScripts{
    {{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}}};

class Completion final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {.name = "completion",
            .summary = "print a completion script for a shell",
            .takes = {
                .positionals = {{.name = "SHELL",
                                 .help = "bash, zsh or fish",
                                 .target = &shell_,
                                 .choices = {"bash", "zsh", "fish"}}},
                .notes = "Example:  source <(seine completion bash)",
            }};
  }

  int run(const Invocation&) override {
    for (const auto& [shell, script] : kScripts) {
      if (shell == shell_) return print(script) ? kExitOk : kExitFailure;
    }
    complain("completion: there is no script for \"" + shell_ + "\"; there are bash, zsh, fish");
    return kExitUsage;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Verb> make_completion() {
  return std::make_unique<Completion>();
}

}  // namespace seine::cli
