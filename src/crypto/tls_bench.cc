// SPDX-License-Identifier: Apache-2.0
// What TLS costs: CPU of the server's half of a mutual handshake, heap of an idle connection, bulk
// over a TCP connection of this machine (both ends on one core: encrypting, sending, receiving and
// decrypting).
#include <fcntl.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>

#include "openssl/bio.h"
#include "openssl/ssl.h"

#include "benchmark/benchmark.h"
#include "crypto/openssl.h"
#include "crypto/testing/tls_pair.h"
#include "runtime/socket.h"

namespace seine::crypto {
namespace {

using runtime::EventLoop;
using runtime::testing::MemoryStream;
using testing::TlsPair;

double thread_cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Two loops, so that each side's work can be timed by itself.
struct Sides {
  TlsPair pair;
  EventLoop server_loop{pair.t.clock};
  std::unique_ptr<TlsStream> client;
  std::unique_ptr<TlsStream> server;
  double server_seconds = 0;

  void connect() {
    auto [a, b] = MemoryStream::make_pair();
    client = TlsStream::client(pair.t.loop, std::move(a), pair.client_context, pair.client_options);
    auto ours = client->handshake();
    ours.handle().resume();
    const double start = thread_cpu_seconds();
    server = TlsStream::server(server_loop, std::move(b), pair.server_context, {});
    auto theirs = server->handshake();
    theirs.handle().resume();
    server_seconds += thread_cpu_seconds() - start;
    pair.t.settle();
    SEINE_CHECK(ours.done() && ours.take().has_value(), "the client is done first");
    const double again = thread_cpu_seconds();
    while (!theirs.done()) server_loop.run_turn(false);
    server_seconds += thread_cpu_seconds() - again;
    SEINE_CHECK(theirs.take().has_value(), "the server is done");
  }
};

void BM_ServerHandshake(benchmark::State& state) {
  Sides sides;
  for (auto _ : state) {
    sides.server_seconds = 0;
    sides.connect();
    state.SetIterationTime(sides.server_seconds);
  }
  state.counters["per_core_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_ServerHandshake)->UseManualTime()->Unit(benchmark::kMicrosecond);

// The yardstick: OpenSSL as it comes (two tickets, memory BIOs, the chain proved to the root) doing
// the same mutual handshake with the same certificates.
struct PlainServer {
  SslContextHandle context{SSL_CTX_new(TLS_server_method())};

  PlainServer(const testing::TestAuthority& authority, const TlsCredentials& own) {
    SSL_CTX_use_certificate(context.get(), own.leaf.handle());
    SSL_CTX_use_PrivateKey(context.get(), own.key.handle());
    SSL_CTX_add1_chain_cert(context.get(), own.intermediates.front().handle());
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.root().handle());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_id_context(context.get(), octets_of("bench"), 5);
  }
};

void BM_PlainServerHandshake(benchmark::State& state) {
  TlsPair pair;
  const PlainServer plain(
      pair.authority,
      testing::credentials_of(pair.authority, pair.authority.issue(testing::kServerName)));
  for (auto _ : state) {
    auto [a, b] = MemoryStream::make_pair();
    auto client =
        TlsStream::client(pair.t.loop, std::move(a), pair.client_context, pair.client_options);
    auto ours = client->handshake();
    ours.handle().resume();
    double seconds = -thread_cpu_seconds();
    const SslHandle server(SSL_new(plain.context.get()));
    X509_VERIFY_PARAM_set_time(SSL_get0_param(server.get()), to_time_t(pair.t.clock.wall_now()));
    SSL_set_bio(server.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    bool done = false;
    while (!done) {
      const std::string in = testing::read(*b).first;
      BIO_write(SSL_get_rbio(server.get()), in.data(), static_cast<int>(in.size()));
      done = SSL_accept(server.get()) == 1;
      std::string out(BIO_ctrl_pending(SSL_get_wbio(server.get())), '\0');
      BIO_read(SSL_get_wbio(server.get()), out.data(), static_cast<int>(out.size()));
      testing::write(*b, out);
      seconds += thread_cpu_seconds();
      pair.t.settle();
      SEINE_CHECK(done || !b->unread().empty(), "the client answers");
      seconds -= thread_cpu_seconds();
    }
    state.SetIterationTime(seconds + thread_cpu_seconds());
  }
  state.counters["per_core_second"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_PlainServerHandshake)->UseManualTime()->Unit(benchmark::kMicrosecond);

std::size_t heap() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

void BM_IdleConnectionHeap(benchmark::State& state) {
  constexpr std::size_t kConnections = 500;
  const bool keep_server = state.range(0) == 1;
  Sides sides;
  sides.connect();
  for (auto _ : state) {
    std::vector<std::unique_ptr<TlsStream>> kept;
    kept.reserve(kConnections);
    const std::size_t before = heap();
    for (std::size_t i = 0; i < kConnections; ++i) {
      sides.connect();
      // One exchange, then silence.
      testing::write(*sides.client, "ping");
      testing::read(*sides.server);
      testing::write(*sides.server, "pong");
      testing::read(*sides.client);
      // The pipes are the test's, not the connection's.
      for (auto* end : {&sides.client, &sides.server}) {
        auto& pipe = const_cast<runtime::Stream&>((*end)->transport());
        static_cast<MemoryStream&>(pipe).unread().shrink_to_fit();
      }
      kept.push_back(std::move(keep_server ? sides.server : sides.client));
      sides.server.reset();
      sides.client.reset();
    }
    std::size_t pipes = heap();
    {
      auto [a, b] = MemoryStream::make_pair();
      b.reset();
      pipes = heap() - pipes;
    }
    state.counters["bytes"] =
        static_cast<double>(heap() - before) / kConnections - static_cast<double>(pipes);
  }
}
BENCHMARK(BM_IdleConnectionHeap)->ArgName("server")->Arg(0)->Arg(1)->Iterations(1);

// Both ends of a TCP connection over the loopback interface.
std::array<int, 2> tcp_pair() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SEINE_CHECK(bind(listener, generic, size) == 0 && listen(listener, 1) == 0 &&
                  getsockname(listener, generic, &size) == 0 && connect(client, generic, size) == 0,
              "loopback works");
  const int server = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  close(listener);
  SEINE_CHECK(server >= 0 && fcntl(client, F_SETFL, O_NONBLOCK) == 0, "loopback works");
  return {client, server};
}

void BM_Bulk(benchmark::State& state) {
  TlsPair pair;
  EventLoop& loop = pair.t.loop;
  const auto [a, b] = tcp_pair();
  auto client_socket = std::make_unique<runtime::Socket>(loop, a);
  client_socket->apply({});
  pair.client =
      TlsStream::client(loop, std::move(client_socket), pair.client_context, pair.client_options);
  pair.server =
      TlsStream::server(loop, std::make_unique<runtime::Socket>(loop, b), pair.server_context, {});
  const auto [x, y] = pair.handshake();
  SEINE_CHECK(x && y, "the handshake succeeds");
  const auto write_size = static_cast<std::size_t>(state.range(0));
  // As an OutQueue holds it: blocks of a little under 16 KiB.
  const std::string block(runtime::BlockPool::kCapacity, 'x');
  std::vector<iovec> pieces;
  for (std::size_t left = write_size; left > 0;) {
    const std::size_t n = std::min(left, block.size());
    pieces.push_back(testing::piece(std::string_view(block).substr(0, n)));
    left -= n;
  }
  std::vector<std::byte> into(runtime::BlockPool::kCapacity);
  std::size_t moved = 0;
  for (auto _ : state) {
    std::size_t sent = pair.client->try_write(pieces).bytes;
    moved += sent;
    while (sent > 0) {
      const auto got = pair.server->try_read(into);
      SEINE_CHECK(got.status != runtime::IoResult::Status::kError, "the connection lives");
      sent -= std::min(sent, got.bytes);
      if (got.bytes == 0) loop.run_turn(false);
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(moved));
}
BENCHMARK(BM_Bulk)->ArgName("write")->Arg(1024)->Arg(16360)->Arg(65440);

}  // namespace
}  // namespace seine::crypto
