// SPDX-License-Identifier: Apache-2.0
// OpenSSL's own client on memory buffers, moved by hand: the stranger our server meets, able to do
// what our streams never do (old versions, key updates at will).
#pragma once

#include <string>

#include "openssl/bio.h"
#include "openssl/ssl.h"

#include "crypto/openssl.h"
#include "crypto/testing/tls_pair.h"
#include "runtime/testing/memory_stream.h"

namespace seine::crypto::testing {

class PlainTlsClient {
 public:
  explicit PlainTlsClient(int max_version = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_connect_state(ssl_.get());
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  }

  SSL* ssl() { return ssl_.get(); }
  bool step() { return SSL_do_handshake(ssl_.get()) == 1; }
  // Bytes of ours that have not been sent.
  std::string take_output() {
    std::string out(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())), '\0');
    if (!out.empty()) BIO_read(SSL_get_wbio(ssl_.get()), out.data(), static_cast<int>(out.size()));
    return out;
  }
  // Sends what is ours, takes what has come.
  void exchange(runtime::testing::MemoryStream& end) {
    const std::string out = take_output();
    if (!out.empty()) write(end, out);
    const std::string in = read(end).first;
    BIO_write(SSL_get_rbio(ssl_.get()), in.data(), static_cast<int>(in.size()));
  }

 private:
  Owned<SSL_CTX, SSL_CTX_free> context_;
  SslHandle ssl_;
};

}  // namespace seine::crypto::testing
