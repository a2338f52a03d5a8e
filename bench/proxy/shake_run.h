// SPDX-License-Identifier: Apache-2.0
// Load of TLS handshakes: each of some places connects, shakes hands in TLS 1.3 with a client's
// certificate, asks one HTTP/1.1 request, reads its answer, and begins anew. The answer is what
// proves that the server has judged the certificate: a TLS 1.3 client is done before that.
//
// Every handshake is a full one: no session is ever kept, and one that was resumed nevertheless
// counts as malformed. One thread; nothing is repeated.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "proxy/load_options.h"
#include "proxy/load_report.h"
#include "proxy/wire.h"

struct ssl_ctx_st;

namespace seine::bench {

// `timeout` is of one connection, and of keeping all of them.
struct ShakeOptions : LoadOptions {
  std::string server_name;  // SNI, and a name the server's certificate must have
  std::string certificate;  // file of chain and key
  std::string authority;    // file of who the server's certificate must come from
  // Nonzero: so many connections are made and left open, and with that the load is over; the
  // window begins when the last one has its answer.
  std::size_t keep = 0;
};

class ShakeRun {
 public:
  static Result<std::unique_ptr<ShakeRun>> create(ShakeOptions options, const Clock& clock,
                                                  Epoll epoll);
  ~ShakeRun();
  ShakeRun(const ShakeRun&) = delete;
  ShakeRun& operator=(const ShakeRun&) = delete;

  // Latency is from connecting to the end of the answer.
  Result<LoadReport> run(WindowObserver& observer);

 private:
  class Connection;
  struct ContextFree {
    void operator()(ssl_ctx_st* context) const;
  };

  ShakeRun(ShakeOptions options, const Clock& clock, Epoll epoll);
  Result<> load_credentials();
  Result<> turn();
  Result<> keep_all();
  void begin();
  // The connection's work is over; it is destroyed or kept.
  void settle(Connection& connection);
  void check_timers();

  const ShakeOptions options_;
  const Clock& clock_;
  Epoll epoll_;
  const std::string request_;
  const std::string expected_;
  std::unique_ptr<ssl_ctx_st, ContextFree> context_;
  std::vector<std::unique_ptr<Connection>> open_;
  std::vector<std::unique_ptr<Connection>> kept_;
  TimePoint now_, next_timer_check_;
  Window window_;
  bool stopping_ = false;
  LoadReport report_;
};

}  // namespace seine::bench
