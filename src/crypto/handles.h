// SPDX-License-Identifier: Apache-2.0
// OpenSSL's reference-counted objects as owning pointers, declared without its headers so that no
// other folder sees them.
#pragma once

#include <memory>

struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_st;
struct x509_st;
struct x509_store_st;

namespace seine::crypto {

struct HandleFree {
  void operator()(evp_pkey_st* key) const;
  void operator()(ssl_ctx_st* context) const;
  void operator()(ssl_st* session) const;
  void operator()(x509_st* certificate) const;
  void operator()(x509_store_st* store) const;
};

using KeyHandle = std::unique_ptr<evp_pkey_st, HandleFree>;
using SslContextHandle = std::unique_ptr<ssl_ctx_st, HandleFree>;
using SslHandle = std::unique_ptr<ssl_st, HandleFree>;
using X509Handle = std::unique_ptr<x509_st, HandleFree>;
using StoreHandle = std::unique_ptr<x509_store_st, HandleFree>;

}  // namespace seine::crypto
