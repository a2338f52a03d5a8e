// SPDX-License-Identifier: Apache-2.0
// What a row is about, as octets: rows about the same thing have the same key, whatever they count
// and whatever else a newer proxy says of them. A key parses as the row with its counts left out.
#pragma once

#include <string>

namespace seine::telemetry::v1 {
class HttpRow;
class TcpRow;
}  // namespace seine::telemetry::v1

namespace seine::control {

std::string row_key(const seine::telemetry::v1::HttpRow& row);
std::string row_key(const seine::telemetry::v1::TcpRow& row);

}  // namespace seine::control
