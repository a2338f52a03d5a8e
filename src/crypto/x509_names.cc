// SPDX-License-Identifier: Apache-2.0
#include "crypto/x509_names.h"

#include <array>

#include "openssl/ec.h"
#include "openssl/err.h"

#include "base/check.h"

namespace seine::crypto {
namespace {

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

}  // namespace

Result<AlternativeNames> read_names(const GENERAL_NAMES* names) {
  AlternativeNames out;
  const int count = sk_GENERAL_NAME_num(names);
  if (count > kMaxAlternativeNames) {
    return fail(ErrorCode::kInvalidArgument, "more than the limit of 64 alternative names");
  }
  for (int i = 0; i < count; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS && name->type != GEN_URI) {
      ++out.others;
      continue;
    }
    const std::string_view text =
        text_of(name->type == GEN_DNS ? name->d.dNSName : name->d.uniformResourceIdentifier);
    if (text.find('\0') != text.npos) {
      return fail(ErrorCode::kInvalidArgument, "an alternative name with a NUL inside");
    }
    auto parsed =
        name->type == GEN_DNS ? SubjectName::parse_dns(text) : SubjectName::parse_spiffe(text);
    if (parsed) {
      out.names.push_back(std::move(*parsed));
    } else {
      ++out.others;
    }
  }
  return out;
}

Result<AlternativeNames> read_certificate_names(const X509* certificate) {
  int found = 0;
  const GeneralNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, &found, nullptr)));
  if (names != nullptr) return read_names(names.get());
  ERR_clear_error();
  if (found == -1) return AlternativeNames{};
  return fail(ErrorCode::kInvalidArgument, "malformed or repeated alternative names");
}

Extension make_names_extension(const SubjectName& name, bool critical) {
  const GeneralNames names(GENERAL_NAMES_new());
  GENERAL_NAME* general = GENERAL_NAME_new();
  ASN1_IA5STRING* text = ASN1_IA5STRING_new();
  SEINE_CHECK(names != nullptr && general != nullptr && text != nullptr, "out of memory");
  ASN1_STRING_set(text, name.text().data(), static_cast<int>(name.text().size()));
  GENERAL_NAME_set0_value(general, name.kind() == SubjectName::Kind::kDns ? GEN_DNS : GEN_URI,
                          text);
  sk_GENERAL_NAME_push(names.get(), general);
  Extension extension(X509V3_EXT_i2d(NID_subject_alt_name, critical ? 1 : 0, names.get()));
  SEINE_CHECK(extension != nullptr, "out of memory");
  return extension;
}

bool is_p256(const EVP_PKEY* key) {
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return false;
  std::array<char, 64> group{};
  const bool known = EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1;
  return known && std::string_view(group.data()) == SN_X9_62_prime256v1;
}

}  // namespace seine::crypto
