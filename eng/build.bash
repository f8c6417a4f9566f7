# Sourced by `falter` and `test`, with $root set: what "built" means, and the one way to build.
# shellcheck shell=bash

readonly program=$root/artifacts/bin/Falter.Cli/release/falter
# Its time is when the sources of the last successful build were read.
readonly stamp=$root/artifacts/falter.stamp
readonly sources=("$root/src" "$root/bpf" "$root/eng" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/global.json")

# MSBUILDDISABLENODEREUSE: no build server outlives the script.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1

# Without dotnet and without reading any file: a few milliseconds.
is_built() {
  [[ -x $program && -e $stamp ]] || return 1
  # A folder's own time tells of files that were deleted or renamed.
  [[ -z $(find "${sources[@]}" -newer "$stamp" -print -quit 2>/dev/null) ]]
}

# Whoever waited for the lock may find the work done.
lock_build() {
  mkdir -p "$root/artifacts"
  exec 9>"$root/artifacts/build.lock"
  flock -w 900 9 || { echo "another build has held $root/artifacts/build.lock for 15 minutes" >&2; return 1; }
}

unlock_build() { exec 9>&-; }

# build PROJECT [dotnet build's arguments]: silent unless it fails; the caller holds the lock.
build() {
  local log=$root/artifacts/build.log
  touch "$stamp.next"
  # Descriptor 9 is closed for the build: a process that outlived it would keep the lock.
  if ! dotnet build "$@" -c Release --disable-build-servers -v quiet -nologo -tl:off >"$log" 2>&1 </dev/null 9>&-; then
    { grep -E '(error|warning) [A-Z]+[0-9]+' "$log" || tail -n 20 "$log"; } | sort -u >&2
    echo "the build failed; its whole output is in $log" >&2
    return 1
  fi
  mv "$stamp.next" "$stamp"
}
