// SPDX-License-Identifier: Apache-2.0
// seine dashboard
#include <charconv>
#include <string>
#include <utility>

#include "cli/dive/answer.h"
#include "cli/dive/browser.h"
#include "cli/dive/dive_client.h"
#include "cli/dive/web_address.h"
#include "cli/mesh/running_meshes.h"
#include "cli/verb.h"

namespace seine::cli {
namespace {

constexpr char kNotes[] =
    "The link signs one browser in, once, within five minutes: whoever opens it first.\n"
    "It leads to Dive; where that does not run, and with --mesh, to the controller's\n"
    "own pages: who runs, how it goes now, who speaks to whom. On another machine,\n"
    "forward the port (ssh -L 8080:127.0.0.1:50750), and name it with --port 8080.\n"
    "\n"
    "  seine dashboard\n"
    "  seine dashboard --show-url";

const DiveRequest kAskLink{.method = "POST", .path = "/links", .body = "{}"};

class Dashboard final : public Verb {
 public:
  VerbDeclaration declare() override {
    return {
        .name = "dashboard",
        .summary = "open the dashboard of the mesh",
        .takes = {
            .flags =
                {{"--mesh", "", "the controller's own pages, also where Dive runs", &is_mesh_, {}},
                 {"--show-url", "", "print the link, open nothing", &show_url_, {}},
                 {"--port", "PORT", "where you forward the dashboard's port from", &port_, {}}},
            .notes = kNotes}};
  }

  int run(const Invocation& invocation) override {
    const auto port = read_port();
    if (!port) return complain(port.error());
    const auto folder = choose_mesh(invocation.dir_flag, invocation.environment);
    if (!folder) return complain(folder.error());
    // The link first: its failure says best what is wrong.
    auto answer = is_mesh_ ? ask_mesh_pages(invocation, kAskLink) : ask_dive(invocation, kAskLink);
    bool is_mesh = is_mesh_;
    if (!answer && answer.error().is_absent && !is_mesh) {
      if (auto instead = ask_mesh_pages(invocation, kAskLink)) {
        say("Dive does not run here; these are the controller's own pages.");
        answer = std::move(instead);
        is_mesh = true;
      }
    }
    if (!answer) return complain(answer.error());
    auto url = read_web_address(is_mesh ? folder->path : dive_folder(folder->path));
    if (!url) return complain(url.error());
    const auto link = link_of(*port == 0 ? *url : with_port(*url, *port), text_at(*answer, "path"));
    if (!link) return complain(link.error());
    if (!print(*link + "\n")) return kExitFailure;
    const bool opens =
        !show_url_ && invocation.terminal.is_tty && has_display(invocation.environment);
    if (opens && !open_browser(*link)) {
      say("There is no xdg-open here; open the link in a browser, within five minutes.");
    }
    return kExitOk;
  }

 private:
  // 0: that of the dashboard.
  Result<std::uint16_t> read_port() const {
    if (port_.empty()) return std::uint16_t{0};
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(port_.data(), port_.data() + port_.size(), port);
    if (problem == std::errc() && end == port_.data() + port_.size() && port > 0) return port;
    return fail(ErrorCode::kInvalidConfig,
                "dashboard: --port: \"" + port_ + "\" is no port; there are 1 to 65535");
  }

  bool is_mesh_ = false;
  bool show_url_ = false;
  std::string port_;
};

}  // namespace

std::unique_ptr<Verb> make_dashboard() {
  return std::make_unique<Dashboard>();
}

}  // namespace seine::cli
