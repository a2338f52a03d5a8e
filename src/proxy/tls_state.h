// SPDX-License-Identifier: Apache-2.0
// The TLS context this loop uses for new connections. Replaced whole at each certification;
// connections under way stay on the one they began with.
#pragma once

#include <memory>
#include <utility>

#include "crypto/tls_context.h"
#include "runtime/signal.h"

namespace seine::proxy {

class TlsState {
 public:
  using Context = std::shared_ptr<const crypto::TlsContext>;

  // Null until the first certificate has come.
  const Context& context() const { return context_; }
  // Fires with the first certificate.
  runtime::Signal& certified() { return certified_; }
  void replace(Context context) {
    context_ = std::move(context);
    certified_.fire();
  }

 private:
  Context context_;
  runtime::Signal certified_;
};

}  // namespace seine::proxy
