// SPDX-License-Identifier: Apache-2.0
// Nothing: a target needs a source to have headers precompiled for it.
