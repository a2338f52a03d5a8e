// SPDX-License-Identifier: Apache-2.0
#include "crypto/issuer.h"

#include <algorithm>

#include "openssl/err.h"

#include "crypto/openssl.h"
#include "crypto/x509_names.h"

namespace seine::crypto {
namespace {

constexpr std::string_view kWhat = "issuing a certificate";
constexpr std::size_t kMaxCommonName = 64;  // RFC 5280, ub-common-name
constexpr int kSerialBits = 127;            // positive, and far from guessable

bool set_serial(X509* certificate) {
  const BigNumber number(BN_new());
  return number != nullptr &&
         BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_times(X509* certificate, WallTime not_before, WallTime not_after) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), to_time_t(not_before)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), to_time_t(not_after)) != nullptr;
}

bool set_common_name(X509* certificate, const std::string& common_name) {
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName,
                                    MBSTRING_UTF8, octets_of(common_name),
                                    static_cast<int>(common_name.size()), -1, 0) == 1;
}

// `value` is one of our own constants in OpenSSL's configuration language, never peer input.
bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

struct Draft {
  X509Handle certificate;
  X509* issuer;  // the draft itself for a root
};

Result<Draft> draft(EVP_PKEY* subject_key, X509* issuer, WallTime not_before, WallTime not_after) {
  X509Handle certificate(X509_new());
  X509* signer = issuer == nullptr ? certificate.get() : issuer;
  if (certificate == nullptr || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      !set_serial(certificate.get()) || !set_times(certificate.get(), not_before, not_after) ||
      X509_set_pubkey(certificate.get(), subject_key) != 1) {
    return fail_openssl(ErrorCode::kInternal, kWhat);
  }
  return Draft{std::move(certificate), signer};
}

Result<Certificate> sign(const Draft& draft, const PrivateKey& key) {
  X509* certificate = draft.certificate.get();
  if (X509_set_issuer_name(certificate, X509_get_subject_name(draft.issuer)) != 1 ||
      !add_extension(certificate, draft.issuer, NID_subject_key_identifier, "hash") ||
      !add_extension(certificate, draft.issuer, NID_authority_key_identifier, "keyid") ||
      X509_sign(certificate, key.handle(), EVP_sha256()) <= 0) {
    return fail_openssl(ErrorCode::kInternal, kWhat);
  }
  return Certificate::from_der(encode_der<i2d_X509>(certificate));
}

Result<Certificate> make_ca(EVP_PKEY* subject_key, X509* issuer, const PrivateKey& signing_key,
                            const CaRequest& request, WallTime not_after) {
  if (request.common_name.empty() || request.common_name.size() > kMaxCommonName) {
    return fail(ErrorCode::kInvalidArgument,
                "certificate authority: a common name has 1 to 64 characters");
  }
  auto made = draft(subject_key, issuer, request.at - kClockSkewAllowance, not_after);
  if (!made) return fail(std::move(made).error());
  X509* certificate = made->certificate.get();
  const char* constraints = issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:TRUE,pathlen:0";
  if (!set_common_name(certificate, request.common_name) ||
      !add_extension(certificate, made->issuer, NID_basic_constraints, constraints) ||
      !add_extension(certificate, made->issuer, NID_key_usage, "critical,keyCertSign,cRLSign")) {
    return fail_openssl(ErrorCode::kInternal, kWhat);
  }
  return sign(*made, signing_key);
}

}  // namespace

Result<Certificate> make_root(const PrivateKey& key, const CaRequest& request) {
  return make_ca(key.handle(), nullptr, key, request,
                 request.at + request.lifetime + kClockSkewAllowance);
}

Result<Issuer> Issuer::create(Certificate certificate, PrivateKey key) {
  if (!certificate.is_ca()) {
    return fail(ErrorCode::kInvalidConfig, "issuer: its certificate is not an authority's");
  }
  if (!certificate.holds_key_of(key)) {
    return fail(ErrorCode::kInvalidConfig, "issuer: the private key is not its certificate's");
  }
  return Issuer(std::move(certificate), std::move(key));
}

Result<> Issuer::check_valid(WallTime at) const {
  if (at >= certificate_.not_before() && at <= certificate_.not_after()) return {};
  return fail(ErrorCode::kUnavailable,
              "issuer: valid from " + format_rfc3339(certificate_.not_before()) + " to " +
                  format_rfc3339(certificate_.not_after()) + ", not at " + format_rfc3339(at));
}

Result<Certificate> Issuer::issue_ca(const PrivateKey& subject_key,
                                     const CaRequest& request) const {
  if (auto valid = check_valid(request.at); !valid) return fail(std::move(valid).error());
  const WallTime not_after =
      std::min(request.at + request.lifetime + kClockSkewAllowance, certificate_.not_after());
  return make_ca(subject_key.handle(), certificate_.handle(), key_, request, not_after);
}

Result<Certificate> Issuer::issue_leaf(const CertificateRequest& request, const SubjectName& name,
                                       WallTime at, Duration lifetime) const {
  if (request.name() != name) {
    return fail(ErrorCode::kInvalidArgument,
                "certificate request: asks for " + request.name().text() + ", not " + name.text());
  }
  if (auto valid = check_valid(at); !valid) return fail(std::move(valid).error());
  const WallTime not_after =
      std::min(at + lifetime + kClockSkewAllowance, certificate_.not_after());
  auto made =
      draft(request.public_key(), certificate_.handle(), at - kClockSkewAllowance, not_after);
  if (!made) return fail(std::move(made).error());
  X509* certificate = made->certificate.get();
  const Extension names = make_names_extension(name, true);
  if (!add_extension(certificate, made->issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(certificate, made->issuer, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(certificate, made->issuer, NID_ext_key_usage, "serverAuth,clientAuth") ||
      X509_add_ext(certificate, names.get(), -1) != 1) {
    return fail_openssl(ErrorCode::kInternal, kWhat);
  }
  return sign(*made, key_);
}

}  // namespace seine::crypto
