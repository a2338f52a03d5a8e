// SPDX-License-Identifier: Apache-2.0
// Objectives as code, to lie beside the manifests: our own form, and OpenSLO v1.
//
//   objectives:
//     - service: payments        # or workload: payments
//       namespace: shop          # "default" if absent
//       success: 99%
//       window: 7d               # or month, with time-zone: Europe/Berlin
//     - workload: ledger
//       namespace: shop
//       route: gateway/httproute/balance
//       environment: staging
//       latency: 50ms            # this share of the successes, within that time
//       quantile-share: 99.9%
//       window: month
//       name: ledger-quick       # made of the rest if absent
//       description: what for, and whom to ask
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dive/slo/objective.h"
#include "dive/slo/yaml.h"

namespace seine::dive {

inline constexpr std::size_t kMaxObjectivesInFile = 1000;
// As many usual ones in the wordier form.
inline constexpr std::size_t kMaxObjectiveFileBytes = std::size_t{1} << 20;

struct ObjectiveFile {
  std::vector<Objective> objectives;
  // "FILE:LINE: sentence" of what was read over, since OpenSLO knows things that we do not keep.
  std::vector<std::string> notes;
};

// Documents of either form, told by `apiVersion`. All or nothing. Error kInvalidArgument,
// "FILE:LINE: sentence": what is wrong, and what to write.
Result<ObjectiveFile> parse_objectives(std::string_view text, std::string_view file);

// The same in steps, each of at most what kMaxYamlBytes takes, so that a server can answer others
// between two. Borrows both texts.
class ObjectiveFileReader {
 public:
  ObjectiveFileReader(std::string_view text, std::string_view file);
  // Reads the next documents. False: there are no more.
  Result<bool> read_on();
  // Once all is read.
  Result<ObjectiveFile> finish();

 private:
  const std::string_view file_;
  const std::size_t bytes_;
  std::vector<YamlPiece> pieces_;
  std::size_t next_ = 0;
  std::vector<YamlNode> documents_;
};

// Both write what parse_objectives reads back as the same objectives, up to its limits.
std::string write_objectives(std::span<const Objective> objectives);
std::string write_openslo(std::span<const Objective> objectives);

}  // namespace seine::dive
