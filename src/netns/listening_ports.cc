// SPDX-License-Identifier: Apache-2.0
#include "netns/listening_ports.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace seine::netns {

namespace {

constexpr std::string_view kListen = "0A";
constexpr std::size_t kMaxTable = 64 << 20;
constexpr std::size_t kPart = 64 << 10;

Result<void> ask_kernel(Netlink& kernel, std::uint8_t family, std::set<std::uint16_t>& ports) {
  NetlinkRequest request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
  auto& wanted = request.header<inet_diag_req_v2>();
  wanted.sdiag_family = family;
  wanted.sdiag_protocol = IPPROTO_TCP;
  wanted.idiag_states = 1U << TCP_LISTEN;
  return kernel.ask_for(request, "list listening sockets", [&ports](const nlmsghdr& answer) {
    if (mnl_nlmsg_get_payload_len(&answer) < sizeof(inet_diag_msg)) return;
    const auto* socket = static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(&answer));
    ports.insert(ntohs(socket->id.idiag_sport));
  });
}

// A table that was opened inside a namespace stays that namespace's, and is made anew with each
// reading from its beginning.
std::string read_table(const Descriptor& table) {
  std::string text;
  if (!table || ::lseek(table.get(), 0, SEEK_SET) != 0) return text;
  for (;;) {
    const std::size_t size = text.size();
    text.resize(size + kPart);
    const ssize_t got = ::read(table.get(), text.data() + size, kPart);
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0 || text.size() > kMaxTable) return text;
  }
}

std::string_view next_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  const std::string_view word = line.substr(0, line.find(' '));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

Result<ListeningPorts> ListeningPorts::open_tables(const NetworkNamespace& inside) {
  auto tables = inside.run([]() -> Result<Tables> {
    Tables out;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const char* path = i == 0 ? "/proc/thread-self/net/tcp" : "/proc/thread-self/net/tcp6";
      out[i].reset(::open(path, O_RDONLY | O_CLOEXEC));
    }
    if (!out[0]) return fail_errno(ErrorCode::kInternal, errno, "cannot list listening sockets");
    return out;
  });
  if (!tables) return fail(std::move(tables.error()));
  return ListeningPorts(std::nullopt, *std::move(tables));
}

Result<ListeningPorts> ListeningPorts::open(const NetworkNamespace& inside) {
  auto kernel = Netlink::open(inside, NETLINK_SOCK_DIAG);
  if (!kernel) return open_tables(inside);
  std::set<std::uint16_t> ports;
  if (!ask_kernel(*kernel, AF_INET, ports)) return open_tables(inside);
  return ListeningPorts(*std::move(kernel), {});
}

std::set<std::uint16_t> ListeningPorts::read() {
  std::set<std::uint16_t> ports;
  if (!kernel_) {
    for (const Descriptor& table : tables_) add_listening_ports(read_table(table), ports);
    return ports;
  }
  // A kernel without IPv6 has nothing to tell of it.
  for (const std::uint8_t family : {AF_INET, AF_INET6}) (void)ask_kernel(*kernel_, family, ports);
  return ports;
}

// "  0: 0100007F:1F90 00000000:0000 0A ...": a number, the local and the remote end, the state.
void add_listening_ports(std::string_view table, std::set<std::uint16_t>& ports) {
  while (!table.empty()) {
    std::string_view line = table.substr(0, table.find('\n'));
    table.remove_prefix(std::min(line.size() + 1, table.size()));
    next_word(line);
    const std::string_view local = next_word(line);
    next_word(line);
    if (next_word(line) != kListen) continue;
    const auto colon = local.rfind(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view hex = local.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, failed] = std::from_chars(hex.data(), hex.data() + hex.size(), port, 16);
    if (failed == std::errc() && end == hex.data() + hex.size()) ports.insert(port);
  }
}

}  // namespace seine::netns
