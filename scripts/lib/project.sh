# Shared by scripts/run, scripts/test and scripts/benchmark: messages, the npm packages and the build. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
init=$root/dist/tini-ts
# The Node that runs everything here: an npm package (optionalDependencies), because the machine's own may be older.
node=$root/node_modules/.bin/node

# Messages go to stderr: stdout belongs to the program that the user runs.
say() { printf '%s: %s\n' "scripts/${0##*/}" "$*" >&2; }

die() {
  say "$@"
  exit 1
}

# Installs the npm packages as package-lock.json pins them, unless they are there. The stamp is a copy of the lock file
# that was installed. The packages' own scripts are not run: none is needed to build or run the init, and a failing one
# would be an obstacle. EBADENGINE would only report that the machine's Node is not 24: ours comes with the packages.
install_modules() {
  local stamp=$root/node_modules/.installed-package-lock.json
  cmp -s "$root/package-lock.json" "$stamp" && return
  command -v npm >/dev/null || die "npm is missing: install Node.js 20 or newer with npm"
  say "installing the npm packages of package-lock.json"
  npm --prefix "$root" ci --ignore-scripts --no-progress --loglevel=error >&2
  cp "$root/package-lock.json" "$stamp"
}

# Builds the init unless it is newer than all its sources. A missing compiler is installed if possible (debian.sh): the user
# asked for a running program.
build() {
  local sources=(src/init src/host scripts/build.ts scripts/lib package.json package-lock.json)
  [[ -x $init && -z $(cd "$root" && find "${sources[@]}" ! -name '*.sh' -newer "$init" -print -quit) ]] && return
  [[ -n ${CC:-} ]] || install_packages build
  command -v "${CC:-cc}" >/dev/null || die "a C compiler is missing: install gcc, or name another in CC"
  say "building dist/tini-ts"
  (cd "$root" && env -u NODE_OPTIONS "$node" scripts/build.ts >&2)
}
