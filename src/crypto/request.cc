// SPDX-License-Identifier: Apache-2.0
#include "crypto/request.h"

#include "openssl/err.h"

#include "crypto/openssl.h"
#include "crypto/x509_names.h"

namespace seine::crypto {
namespace {

std::unexpected<Error> refuse(std::string_view why) {
  ERR_clear_error();
  return fail(ErrorCode::kInvalidArgument, std::string("certificate request: ").append(why));
}

Result<SubjectName> only_name(X509_REQ* request) {
  const ExtensionStack extensions(X509_REQ_get_extensions(request));
  int found = 0;
  const GeneralNames general(static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions.get(), NID_subject_alt_name, &found, nullptr)));
  if (general == nullptr) {
    return refuse(found == -1 ? "no alternative name" : "malformed alternative names");
  }
  auto read = read_names(general.get());
  if (!read) return fail(std::move(read).error().with_context("certificate request"));
  if (read->names.size() != 1 || read->others != 0) {
    return refuse("needs exactly one alternative name, DNS or SPIFFE");
  }
  return std::move(read->names.front());
}

// An empty common name, or the alternative name again, as older clients send.
bool common_name_agrees(const X509_REQ* request, const SubjectName& name) {
  const X509_NAME* subject = X509_REQ_get_subject_name(request);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0) return true;
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
  const std::string_view common(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                static_cast<std::size_t>(ASN1_STRING_length(text)));
  const auto parsed = SubjectName::parse(common);
  return common.empty() || (parsed && *parsed == name);
}

}  // namespace

Result<Der> make_request(const PrivateKey& key, const SubjectName& name) {
  constexpr std::string_view kWhat = "building a certificate request";
  const RequestHandle request(X509_REQ_new());
  const ExtensionStack extensions(sk_X509_EXTENSION_new_null());
  if (request == nullptr || extensions == nullptr) return fail_openssl(ErrorCode::kInternal, kWhat);
  sk_X509_EXTENSION_push(extensions.get(), make_names_extension(name, true).release());
  if (X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 ||
      X509_REQ_set_pubkey(request.get(), key.handle()) != 1 ||
      X509_REQ_add_extensions(request.get(), extensions.get()) != 1 ||
      X509_REQ_sign(request.get(), key.handle(), EVP_sha256()) <= 0) {
    return fail_openssl(ErrorCode::kInternal, kWhat);
  }
  return encode_der<i2d_X509_REQ>(request.get());
}

Result<CertificateRequest> CertificateRequest::from_der(std::string_view der) {
  if (der.size() > kMaxRequestDer) return refuse("longer than the limit of 16384 bytes");
  const unsigned char* at = octets_of(der);
  const RequestHandle request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  if (request == nullptr) return refuse("not a request in DER");
  if (at != octets_of(der) + der.size()) return refuse("octets after its end");
  KeyHandle key(X509_REQ_get_pubkey(request.get()));
  if (!is_p256(key.get())) return refuse("its key is not ECDSA P-256");
  if (X509_REQ_verify(request.get(), key.get()) != 1) return refuse("its signature does not hold");
  auto name = only_name(request.get());
  if (!name) return fail(std::move(name).error());
  if (!common_name_agrees(request.get(), *name)) {
    return refuse("its common name is not its alternative name");
  }
  ERR_clear_error();
  return CertificateRequest(std::move(key), std::move(*name));
}

}  // namespace seine::crypto
