# SPDX-License-Identifier: Apache-2.0
"""What Linkerd's own tests ask of its proxy, asked of ours from outside."""
