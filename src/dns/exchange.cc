// SPDX-License-Identifier: Apache-2.0
#include "dns/exchange.h"

#include <sys/random.h>

#include <array>
#include <utility>

#include "base/check.h"
#include "dns/answer.h"
#include "dns/framing.h"
#include "runtime/datagram.h"
#include "runtime/socket.h"

namespace seine::dns {

using runtime::Task;

std::uint16_t random_id() {
  std::uint16_t id = 0;
  const ssize_t got = ::getrandom(&id, sizeof id, 0);
  SEINE_CHECK(got == sizeof id, "the kernel gives a few random bytes at once");
  return id;
}

Task<Result<Reply>> exchange_udp(runtime::EventLoop& loop, const Message& query,
                                 SocketAddr server) {
  auto socket = runtime::DatagramSocket::connected(loop, server);
  if (!socket) co_return fail(std::move(socket.error()));
  const std::vector<std::uint8_t> bytes = build_message(query, kMaxPlainUdpBytes).bytes;
  const auto sent = (*socket)->send(std::as_bytes(std::span(bytes)));
  if (!sent) co_return fail(sent.error());
  std::array<std::uint8_t, kEdnsUdpBytes> buffer{};
  for (;;) {
    auto received = co_await (*socket)->recv_from(std::as_writable_bytes(std::span(buffer)));
    if (!received) co_return fail(std::move(received.error()));
    if (received->truncated) continue;
    const auto datagram = std::span(buffer).first(received->size);
    auto response = parse_message(datagram);
    // What does not answer our question is not ours: a late answer, or somebody guessing.
    if (!response || !answers(query, *response)) continue;
    co_return Reply{*std::move(response), {datagram.begin(), datagram.end()}};
  }
}

Task<Result<Reply>> exchange_tcp(runtime::EventLoop& loop, const Message& query,
                                 SocketAddr server) {
  auto socket = co_await runtime::connect_tcp(loop, server, {});
  if (!socket) co_return fail(std::move(socket.error()));
  const std::vector<std::uint8_t> bytes = build_message(query).bytes;
  const auto written = co_await write_framed(loop, **socket, bytes);
  if (!written) co_return fail(written.error());
  auto answer = co_await read_framed(loop, **socket, kMaxMessageBytes);
  if (!answer) co_return fail(std::move(answer.error()));
  auto response = parse_message(*answer);
  if (!response) co_return fail(std::move(response.error()));
  if (!answers(query, *response)) {
    co_return fail(ErrorCode::kProtocol, "the DNS server answered another question");
  }
  co_return Reply{*std::move(response), *std::move(answer)};
}

}  // namespace seine::dns
