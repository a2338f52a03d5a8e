// SPDX-License-Identifier: Apache-2.0
#include "control/identity/authority.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

namespace seine::control {
namespace {

using crypto::Certificate;
using crypto::Issuer;
using crypto::PrivateKey;

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr unsigned kPrivate = 0600;
constexpr unsigned kPublic = 0644;

bool exists(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0;
}

std::unexpected<Error> unusable(const std::string& path, std::string_view why) {
  return fail(ErrorCode::kInvalidConfig, path + " " + std::string(why));
}

Result<void> prepare_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) return {};
  if (errno != EEXIST) {
    return fail_errno(ErrorCode::kInvalidConfig, errno, directory + " cannot be made");
  }
  struct stat info{};
  if (::stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return unusable(directory, "is not a directory");
  }
  if ((info.st_mode & 022) != 0) {
    return unusable(directory, "may be written by other users; give it mode 0700");
  }
  return {};
}

Result<PrivateKey> read_key(const std::string& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0) {
    return unusable(path, "may be read by other users; give it mode 0600");
  }
  auto text = read_file(path, kMaxFileBytes);
  if (!text) return fail(std::move(text.error()));
  return PrivateKey::from_pem(*text, path);
}

Result<Certificate> read_certificate(const std::string& path) {
  auto text = read_file(path, kMaxFileBytes);
  if (!text) return fail(std::move(text.error()));
  auto certificates = Certificate::many_from_pem(*text, path);
  if (!certificates) return fail(std::move(certificates.error()));
  if (certificates->size() != 1) return unusable(path, "holds more than one certificate");
  return std::move(certificates->front());
}

Result<PrivateKey> read_or_make_key(const std::string& path) {
  if (exists(path)) return read_key(path);
  auto key = PrivateKey::generate();
  if (!key) return key;
  const crypto::Secret pem = key->to_pkcs8_pem();
  auto created = create_file(path, pem.view(), kPrivate);
  if (!created) return fail(std::move(created.error()));
  return key;
}

Result<void> check_validity(const std::string& path, const Certificate& certificate, WallTime now) {
  if (now > certificate.not_after()) {
    return unusable(path, "expired at " + format_rfc3339(certificate.not_after()));
  }
  if (now < certificate.not_before()) {
    return unusable(path, "is not valid before " + format_rfc3339(certificate.not_before()));
  }
  return {};
}

// One opening of the directory.
class Opening {
 public:
  Opening(const std::string& directory, const MeshNames& names, WallTime now, const Log& log)
      : base_(directory + "/"), names_(names), now_(now), log_(log) {}

  Result<Certificate> root() {
    const std::string path = base_ + "root.pem";
    const std::string common_name = "root." + names_.control_ns + "." + names_.trust_domain;
    if (!exists(path)) {
      if (exists(base_ + "issuer.pem")) {
        return unusable(path, "is missing, though there is an issuer that it should have signed");
      }
      auto key = read_or_make_key(base_ + "root.key");
      if (!key) return fail(std::move(key.error()));
      auto made = crypto::make_root(
          *key, {.common_name = common_name, .at = now_, .lifetime = kRootLifetime});
      if (!made) return made;
      auto created = create_file(path, made->to_pem(), kPublic);
      if (!created) return fail(std::move(created.error()));
      log_info(log_, "made a new trust anchor", {{"file", path}, {"name", common_name}});
      return made;
    }
    auto certificate = read_certificate(path);
    if (!certificate) return certificate;
    if (certificate->subject() != "CN=" + common_name) {
      return unusable(path, "is of \"" + certificate->subject() + "\", not of \"CN=" + common_name +
                                "\": it belongs to another mesh");
    }
    auto valid = check_validity(path, *certificate, now_);
    if (!valid) return fail(std::move(valid.error()));
    return certificate;
  }

  Result<Issuer> issuer(const Certificate& root) {
    const std::string path = base_ + "issuer.pem";
    if (!exists(path)) return make_issuer(root);
    auto certificate = read_certificate(path);
    if (!certificate) return fail(std::move(certificate.error()));
    auto chains = crypto::TrustAnchors::from(root).verify_authority(*certificate, {},
                                                                    certificate->not_before());
    if (!chains) return unusable(path, "was not signed by root.pem: " + chains.error().message);
    // One that ends with its root gains nothing from being replaced.
    if (now_ + kIssuerRenewal > certificate->not_after() &&
        certificate->not_after() < root.not_after() && exists(base_ + "root.key")) {
      log_info(log_, "replacing the issuer before it expires",
               {{"expires", format_rfc3339(certificate->not_after())}});
      return replace_issuer(root);
    }
    auto valid = check_validity(path, *certificate, now_);
    if (!valid) return fail(std::move(valid.error()));
    auto key = read_key(base_ + "issuer.key");
    if (!key) return fail(std::move(key.error()));
    auto issuer = Issuer::create(*std::move(certificate), *std::move(key));
    if (!issuer) return fail(std::move(issuer.error()).with_context(path));
    return issuer;
  }

  Result<crypto::TrustAnchors> anchors(const Certificate& root) {
    crypto::TrustAnchors anchors = crypto::TrustAnchors::from(root);
    const std::string path = base_ + "trust-anchors.pem";
    if (!exists(path)) {
      auto created = create_file(path, anchors.to_pem(), kPublic);
      if (!created) return fail(std::move(created.error()));
      return anchors;
    }
    const auto text = read_file(path, kMaxFileBytes);
    if (!text) return fail(text.error());
    auto more = crypto::TrustAnchors::from_pem(*text);
    if (!more) return fail(std::move(more.error()).with_context(path));
    anchors.add(*more);
    return anchors;
  }

 private:
  Result<Issuer> make_issuer(const Certificate& root) {
    const std::string root_key_path = base_ + "root.key";
    if (!exists(root_key_path)) {
      return unusable(root_key_path, "is missing, and without it no issuer can be made");
    }
    auto key = read_or_make_key(base_ + "issuer.key");
    if (!key) return fail(std::move(key.error()));
    auto certificate = sign_issuer(root, *key);
    if (!certificate) return fail(std::move(certificate.error()));
    auto created = create_file(base_ + "issuer.pem", certificate->to_pem(), kPublic);
    if (!created) return fail(std::move(created.error()));
    return Issuer::create(*std::move(certificate), *std::move(key));
  }

  // The old one stays where it is until the new one is signed. The certificate goes before the key,
  // so that a key never lies beside a certificate of another.
  Result<Issuer> replace_issuer(const Certificate& root) {
    auto key = PrivateKey::generate();
    if (!key) return fail(std::move(key.error()));
    auto certificate = sign_issuer(root, *key);
    if (!certificate) return fail(std::move(certificate.error()));
    if (::unlink((base_ + "issuer.pem").c_str()) != 0) {
      return fail_errno(ErrorCode::kInvalidConfig, errno, base_ + "issuer.pem cannot be removed");
    }
    const crypto::Secret pem = key->to_pkcs8_pem();
    auto placed = replace_file(base_ + "issuer.key", pem.view(), kPrivate);
    if (placed) placed = create_file(base_ + "issuer.pem", certificate->to_pem(), kPublic);
    if (!placed) return fail(std::move(placed.error()));
    return Issuer::create(*std::move(certificate), *std::move(key));
  }

  Result<Certificate> sign_issuer(const Certificate& root, const PrivateKey& key) {
    const std::string root_key_path = base_ + "root.key";
    auto root_key = read_key(root_key_path);
    if (!root_key) return fail(std::move(root_key.error()));
    auto copy = Certificate::from_der(root.der());
    if (!copy) return fail(std::move(copy.error()));
    auto signer = Issuer::create(*std::move(copy), *std::move(root_key));
    if (!signer) return fail(std::move(signer.error()).with_context(root_key_path));
    return signer->issue_ca(
        key, {.common_name = "identity." + names_.control_ns + "." + names_.trust_domain,
              .at = now_,
              .lifetime = kIssuerLifetime});
  }

  const std::string base_;
  const MeshNames& names_;
  const WallTime now_;
  const Log& log_;
};

}  // namespace

Result<Authority> Authority::open(const std::string& directory, const MeshNames& names,
                                  WallTime now, const Log& log) {
  auto prepared = prepare_directory(directory);
  if (!prepared) return fail(std::move(prepared.error()));
  Opening opening(directory, names, now, log);
  auto root = opening.root();
  if (!root) return fail(std::move(root.error()));
  auto issuer = opening.issuer(*root);
  if (!issuer) return fail(std::move(issuer.error()));
  auto anchors = opening.anchors(*root);
  if (!anchors) return fail(std::move(anchors.error()));
  return Authority(*std::move(issuer), *std::move(anchors));
}

}  // namespace seine::control
