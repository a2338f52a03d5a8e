// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include "base/check.h"

namespace seine::http {

std::string_view version_name(Version version) {
  switch (version) {
    case Version::kHttp10: return "HTTP/1.0";
    case Version::kHttp11: return "HTTP/1.1";
    case Version::kHttp2: return "HTTP/2.0";
  }
  SEINE_CHECK(false, "a Version without a name");
}

std::string_view RequestHead::effective_authority() const {
  if (!authority.empty()) return authority;
  return headers.get("host").value_or(std::string_view());
}

}  // namespace seine::http
