# SPDX-License-Identifier: Apache-2.0
"""What changed: against where the branch left origin/main, or against the last commit."""

import subprocess


def changed(root, files, findings):
    base = comparison_base(root)
    if base is None:
        findings.note("no commit to compare with; the compiler rules look at no file "
                      "(--all looks at every one)")
        return []
    # Against the working tree, so that what is not yet committed counts too.
    paths = set(git(root, "diff", "--name-only", "-z", base).split("\0"))
    paths.update(git(root, "ls-files", "--others", "--exclude-standard", "-z").split("\0"))
    selected = [file for file in files if file.path in paths]
    findings.note(f"compiler rules on {len(selected)} files changed since {base[:12]}")
    return selected


def comparison_base(root):
    head = git(root, "rev-parse", "HEAD")
    base = git(root, "merge-base", "HEAD", "origin/main")
    if base and base != head:
        return base
    return git(root, "rev-parse", "--verify", "--quiet", "HEAD~1") or None


def git(root, *arguments):
    """The trimmed output, empty where git refuses (no repository, no such commit)."""
    out = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    return out.stdout.strip() if out.returncode == 0 else ""
