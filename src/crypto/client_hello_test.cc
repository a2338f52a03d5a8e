// SPDX-License-Identifier: Apache-2.0
#include "crypto/client_hello.h"

#include "gtest/gtest.h"
#include "openssl/bio.h"
#include "openssl/ssl.h"

#include "crypto/openssl.h"

namespace seine::crypto {
namespace {

using Kind = ClientHello::Kind;

ClientHello read(std::string_view bytes) {
  return read_client_hello(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

std::string number(std::size_t value, int width) {
  std::string out;
  for (int i = width - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
  return out;
}
std::string vector(std::string_view body, int width) {
  return number(body.size(), width) + std::string(body);
}
std::string extension(int type, std::string_view body) {
  return number(type, 2) + vector(body, 2);
}
std::string server_name(std::string_view name) {
  return extension(0, vector(std::string(1, '\0') + vector(name, 2), 2));
}
std::string message(std::string_view extensions) {
  return std::string("\x01", 1) +
         vector("\x03\x03" + std::string(32, 'r') + vector("session", 1) + vector("\x13\x01", 2) +
                    vector(std::string(1, '\0'), 1) + vector(extensions, 2),
                3);
}
// The message cut into records of at most `size`.
std::string records(std::string_view handshake, std::size_t size = 16384) {
  std::string out;
  while (!handshake.empty()) {
    const std::string_view fragment = handshake.substr(0, size);
    out += "\x16\x03\x01" + vector(fragment, 2);
    handshake.remove_prefix(fragment.size());
  }
  return out;
}

// What OpenSSL's client says first.
std::string openssl_hello() {
  const Owned<SSL_CTX, SSL_CTX_free> context(SSL_CTX_new(TLS_client_method()));
  const SslHandle ssl(SSL_new(context.get()));
  SSL_set_tlsext_host_name(ssl.get(), "Web.Shop.local");
  constexpr std::string_view kProtocols("\x02h2\x13transport.l5d.io/v1");
  SSL_set_alpn_protos(ssl.get(), octets_of(kProtocols), static_cast<unsigned>(kProtocols.size()));
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_connect(ssl.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

TEST(ClientHello, finds_name_and_protocols_in_a_real_one) {
  const ClientHello hello = read(openssl_hello());
  ASSERT_EQ(hello.kind, Kind::kHello);
  EXPECT_EQ(hello.server_name, "web.shop.local");
  EXPECT_EQ(hello.alpn, (std::vector<std::string>{"h2", "transport.l5d.io/v1"}));
}

TEST(ClientHello, needs_more_at_every_cut) {
  const std::string whole = openssl_hello();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    EXPECT_EQ(read(std::string_view(whole).substr(0, i)).kind, Kind::kNeedMore) << i;
  }
}

TEST(ClientHello, runs_across_records_of_any_size) {
  const std::string hello = message(server_name("web.local"));
  for (std::size_t size = 1; size <= hello.size(); ++size) {
    const std::string bytes = records(hello, size);
    const ClientHello got = read(bytes);
    ASSERT_EQ(got.kind, Kind::kHello) << size;
    EXPECT_EQ(got.server_name, "web.local");
    EXPECT_EQ(read(std::string_view(bytes).substr(0, bytes.size() - 1)).kind, Kind::kNeedMore);
  }
}

TEST(ClientHello, does_not_look_past_its_own_records) {
  EXPECT_EQ(read(records(message("")) + "anything").kind, Kind::kHello);
}

TEST(ClientHello, may_lack_extensions_or_carry_unknown_ones) {
  EXPECT_EQ(read(records(message(""))).kind, Kind::kHello);
  const ClientHello hello =
      read(records(message(extension(0x0a0a, "x") + server_name("a.b") + extension(65281, ""))));
  EXPECT_EQ(hello.server_name, "a.b");
  EXPECT_TRUE(hello.alpn.empty());
}

TEST(ClientHello, ignores_a_server_name_that_is_no_dns_name) {
  const ClientHello hello = read(records(message(server_name("10.0.0.1"))));
  EXPECT_EQ(hello.kind, Kind::kHello);
  EXPECT_EQ(hello.server_name, "");
  EXPECT_EQ(read(records(message(server_name(std::string_view("a\0b", 3))))).server_name, "");
}

TEST(ClientHello, knows_other_protocols_by_their_first_bytes) {
  for (const std::string_view other :
       {std::string_view("GET / HTTP/1.1"), std::string_view("PRI * HTTP/2.0"),
        std::string_view("\x15\x03\x01"), std::string_view("\x16\x02"),
        std::string_view("\x16\x03\x02"), std::string_view("\x16\x03\x04"),
        std::string_view("\x16\x03\x01\x00\x00", 5), std::string_view("\x16\x03\x01\x40\x01", 5),
        std::string_view("\x16\x03\x01\x00\x05\x02", 6)}) {
    EXPECT_EQ(read(other).kind, Kind::kNotTls);
  }
  EXPECT_EQ(read("").kind, Kind::kNeedMore);
}

TEST(ClientHello, refuses_lengths_that_do_not_agree) {
  const std::string good = message(server_name("web.local"));
  EXPECT_EQ(read(records(good + "x")).kind, Kind::kNotTls);
  for (const std::string& bad :
       {extension(0, vector("x", 2)), extension(0, "\x01"), extension(16, vector("\x05h2", 2)),
        extension(16, vector(std::string(1, '\0'), 2)), std::string("\x01"),
        number(10, 2) + number(9, 2)}) {
    EXPECT_EQ(read(records(message(bad))).kind, Kind::kNotTls);
  }
  EXPECT_EQ(read(records("\x01" + vector("\x03\x03", 3))).kind, Kind::kNotTls);
  EXPECT_EQ(read(records("\x01" + vector("", 3))).kind, Kind::kNotTls);
}

TEST(ClientHello, gives_up_at_its_limit) {
  const std::string padded = records(message(extension(21, std::string(8000, 'p'))));
  ASSERT_LT(padded.size(), kMaxClientHello);
  EXPECT_EQ(read(padded).kind, Kind::kHello);
  const std::string large = records(message(extension(21, std::string(9000, 'p'))));
  EXPECT_EQ(read(std::string_view(large).substr(0, 9)).kind, Kind::kNotTls);
  // Headers count: a hello that fits, cut so small that its records do not.
  const std::string cut = records(message(extension(21, std::string(8000, 'p'))), 1);
  EXPECT_EQ(read(std::string_view(cut).substr(0, kMaxClientHello - 1)).kind, Kind::kNeedMore);
  EXPECT_EQ(read(std::string_view(cut).substr(0, kMaxClientHello)).kind, Kind::kNotTls);
  EXPECT_EQ(read(cut).kind, Kind::kNotTls);
}

}  // namespace
}  // namespace seine::crypto
