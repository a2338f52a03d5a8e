// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package conformance pins the programs of others that tests/conformance/run builds. 1.64 is the last
// gRPC that the Go of Debian 12 can build.
package conformance

import (
	_ "google.golang.org/grpc/interop/client"
	_ "google.golang.org/grpc/interop/server"
)
