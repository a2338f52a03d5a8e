// SPDX-License-Identifier: Apache-2.0
// Any octets as a certificate request and as a certificate: no crash, and a request that is taken
// names a workload.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "crypto/certificate.h"
#include "crypto/request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seine::crypto;
  const std::string_view der(reinterpret_cast<const char*>(data), size);
  if (const auto request = CertificateRequest::from_der(der)) {
    SEINE_CHECK(SubjectName::parse(request->name().text()).has_value(), "a name is canonical");
  }
  if (const auto certificate = Certificate::from_der(der)) {
    for (const SubjectName& name : certificate->names()) {
      SEINE_CHECK(certificate->vouches_for(name), "its own names");
    }
  }
  return 0;
}
