# SPDX-License-Identifier: Apache-2.0
"""The laboratory: network namespaces, processes and packet captures for tests and benchmarks.

Everything happens inside namespaces made here; the host's own network is never touched. What a
Lab made it also ends: use it as a context manager.
"""
