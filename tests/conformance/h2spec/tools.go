// SPDX-License-Identifier: Apache-2.0

//go:build tools

// Package h2spec pins h2spec 2.6.0 by its commit: its later tags cannot be had as Go modules. Its own
// module, since it wants an older golang.org/x/net than what else we build.
package h2spec

import _ "github.com/summerwind/h2spec/cmd/h2spec"
