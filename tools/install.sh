#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs a version of Seine beside those that are there, and makes the newest of its channel the
# default. POSIX sh, tar, and curl or wget for URLs.
#
#   install.sh --from SOURCE [--version VERSION | --channel CHANNEL] [--prefix FOLDER]
#
# SOURCE      an archive seine-VERSION-linux-amd64.tar.gz, or a folder of such archives; a path or a
#             URL (http, https, file). Beside each archive lies its checksum, ARCHIVE.sha256; a
#             folder says in a file `edge` or `stable` which version is the newest of that channel
# --version   edge-YY.M.N or stable-X.Y.Z, of a folder
# --channel   edge (the default) or stable: the newest of it, of a folder
# --prefix    where to: ~/.seine
#
#   PREFIX/versions/VERSION/   each whole, or not there at all
#   PREFIX/current             the default
#   PREFIX/bin/                to be put on PATH
#
# Exits 64 for bad flags, and 1, with one sentence and nothing changed, where it cannot be done.
set -eu

programs="seine seine-controller seine-proxy"
platform=linux-amd64
scratch=

complain() {
  printf 'install: %s\n' "$1" >&2
  exit "${2:-1}"
}

clean() {
  [ -z "$scratch" ] || rm -rf "$scratch"
}

# edge-26.11.1: a channel, and three numbers.
is_version() {
  printf '%s\n' "$1" | grep -Eq '^(edge|stable)-[0-9]{1,4}\.[0-9]{1,4}\.[0-9]{1,4}$'
}

# A path or URL into a file. Fails silently: the caller knows what it was for.
fetch() {
  case $1 in
    http://* | https://*)
      if command -v curl >/dev/null 2>&1; then
        curl -fsSL --connect-timeout 10 --max-time 600 --max-filesize 1073741824 -o "$2" "$1" \
          2>/dev/null
      elif command -v wget >/dev/null 2>&1; then
        wget -q -T 30 -O "$2" "$1"
      else
        complain "neither curl nor wget is there to get $1"
      fi ;;
    file://*) cp "${1#file://}" "$2" 2>/dev/null ;;
    *) cp "$1" "$2" 2>/dev/null ;;
  esac
}

read_flags() {
  from='' version='' channel='' prefix=''
  while [ $# -gt 0 ]; do
    case $1 in
      --from | --version | --channel | --prefix)
        [ $# -ge 2 ] || complain "$1 wants a value" 64
        case $1 in
          --from) from=$2 ;;
          --version) version=$2 ;;
          --channel) channel=$2 ;;
          --prefix) prefix=$2 ;;
        esac
        shift 2 ;;
      -h | --help)
        sed -n '3,/^set -eu/{s/^# \{0,1\}//;/^set -eu/d;p;}' "$0"
        exit 0 ;;
      *) complain "$1 is not known; see --help" 64 ;;
    esac
  done
  [ -n "$from" ] || complain "--from is missing: an archive, or a folder of archives" 64
  case ${channel:-edge} in
    edge | stable) ;;
    *) complain "$channel is no channel; there are edge and stable" 64 ;;
  esac
  if [ -n "$version" ]; then
    [ -z "$channel" ] || complain "--version and --channel exclude each other" 64
    is_version "$version" ||
      complain "$version is no version; they are edge-YY.M.N and stable-X.Y.Z" 64
  fi
  if [ -z "$prefix" ]; then
    [ -n "${HOME:-}" ] || complain "HOME is not set; say where to with --prefix" 64
    prefix=$HOME/.seine
  fi
  case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
  esac
}

# Sets archive (a path or URL) and version.
choose_archive() {
  case $from in
    *.tar.gz)
      archive=$from
      name=${from##*/seine-}
      name=${name#seine-}
      named=${name%"-$platform.tar.gz"}
      is_version "$named" || complain "$from is not named seine-VERSION-$platform.tar.gz"
      [ -z "$version" ] || [ "$version" = "$named" ] || complain "$from is not $version"
      version=$named
      return ;;
  esac
  from=${from%/}
  if [ -z "$version" ]; then
    channel=${channel:-edge}
    fetch "$from/$channel" "$scratch/channel" ||
      complain "$from does not say which version of $channel is the newest"
    version=$(head -n 1 "$scratch/channel" | tr -d ' \r')
    is_version "$version" || complain "$from/$channel names no version"
  fi
  archive=$from/seine-$version-$platform.tar.gz
}

verify() {
  fetch "$archive" "$scratch/archive" || complain "there is no $archive: is $version a version?"
  fetch "$archive.sha256" "$scratch/sum" || complain "$archive has no checksum, $archive.sha256"
  expected=$(cut -d ' ' -f 1 "$scratch/sum" | head -n 1)
  if command -v sha256sum >/dev/null 2>&1; then
    found=$(sha256sum <"$scratch/archive")
  else
    found=$(shasum -a 256 <"$scratch/archive")
  fi
  found=${found%% *}
  [ ${#expected} -eq 64 ] && [ "$expected" = "$found" ] ||
    complain "$archive has another checksum than its .sha256 says; nothing was installed"
}

# Beside the others under a name that is none, then renamed: it is there whole or not at all.
unpack() {
  target=$prefix/versions/$version
  if [ -d "$target" ]; then
    echo "Seine $version was installed already."
    return
  fi
  mkdir "$scratch/new"
  if tar -tzf "$scratch/archive" 2>/dev/null | grep -Eq '^/|(^|/)\.\.(/|$)'; then
    complain "$archive has files that leave its folder"
  fi
  tar -xzf "$scratch/archive" -C "$scratch/new" --strip-components=1 --no-same-owner 2>/dev/null ||
    complain "$archive cannot be unpacked; is the disk full?"
  for program in $programs; do
    [ -x "$scratch/new/bin/$program" ] || complain "$archive has no $program"
  done
  missing=$(cd "$scratch/new/bin" && ldd $programs 2>/dev/null | sed -n 's/ => not found.*//p' |
    sort -u | tr -d '\t' | tr '\n' ' ')
  [ -z "$missing" ] ||
    complain "this machine lacks ${missing}which $version needs; see docs/guide/install.md"
  says=$("$scratch/new/bin/seine" version --short 2>/dev/null) || says=nothing
  [ "$says" = "$version" ] || complain "the seine in $archive says it is $says"
  mv -T "$scratch/new" "$target" || complain "$target cannot be made"
}

newest() {
  for found in "$prefix/versions/$1"-*; do
    [ -d "$found" ] && is_version "${found##*/}" && echo "${found##*/"$1"-}"
  done | sort -t . -k 1,1n -k 2,2n -k 3,3n | tail -n 1
}

# Replaced by a rename, so that there is a default at every moment.
link() {
  ln -s "$1" "$scratch/link" && mv -T "$scratch/link" "$2" || complain "$2 cannot be made"
}

make_default() {
  default=${version%%-*}-$(newest "${version%%-*}")
  link "versions/$default" "$prefix/current"
  mkdir -p "$prefix/bin"
  for program in $programs; do
    link "../current/bin/$program" "$prefix/bin/$program"
  done
}

# Only what this version can do.
step() {
  "$prefix/versions/$version/bin/seine" --help 2>/dev/null | grep -Eq "^ +$1( |\$)" || return 0
  printf '    %-22s%s\n' "seine $2" "$3"
}

tell() {
  if [ "$default" = "$version" ]; then
    echo "Seine $version is installed in $prefix/versions/$version, and is the default."
  else
    echo "Seine $version is installed in $prefix/versions/$version; the default is $default."
  fi
  case :${PATH:-}: in
    *":$prefix/bin:"*) ;;
    *) printf '\nPut it on your PATH:\n    export PATH="%s/bin:$PATH"\n' "$prefix" ;;
  esac
  printf '\nThen:\n'
  step check 'check --pre' 'whether a mesh can run here'
  step install 'install' 'the manifests for Kubernetes'
  step up 'up' 'run a mesh on this machine, until Ctrl-C'
  step check 'check' 'whether it is well'
  step dashboard 'dashboard' 'look at it in a browser'
}

main() {
  read_flags "$@"
  [ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] ||
    complain "there are archives for Linux on x86_64, and this is $(uname -s) on $(uname -m)"
  umask 022
  mkdir -p "$prefix/versions" 2>/dev/null && [ -w "$prefix" ] && [ -w "$prefix/versions" ] ||
    complain "$prefix cannot be written; choose another folder with --prefix"
  # What a kill -9 left long ago.
  find "$prefix/versions" -maxdepth 1 -name '.new-*' -mmin +60 -exec rm -rf {} + 2>/dev/null || :
  # On the same file system as what it will be.
  scratch=$(mktemp -d "$prefix/versions/.new-XXXXXX") || complain "$prefix cannot be written"
  trap clean EXIT
  trap 'exit 1' HUP INT TERM
  choose_archive
  verify
  unpack
  make_default
  tell
}

# Last, so that a script that was cut short does nothing.
main "$@"
