# The Debian packages that the tests need, and how they are installed. Sourced, not run.

# package, upstream version on Debian 12, a command that shows that it is there already ("-": only dpkg knows), what it is for
debian_packages='
g++             4:12.2.*         g++        build, node-pty
gcc-aarch64-linux-gnu 4:12.2.* aarch64-linux-gnu-gcc kit
make            4.3*             make       node-pty
python3         3.11.*           /usr/bin/python3 node-pty, containers
util-linux      2.38.*           unshare    config, processes, containers, differential, benchmark
groff-base      1.22.*           groff      config
busybox-static  1:1.35.*         -          processes, containers
procps          2:4.0.*          ps         processes, containers
strace          6.1*             strace     processes, benchmark
shellcheck      0.9.*            shellcheck checks
git             1:2.39.*         git        checks
gdb             13.1*            gdb        checks
tini            0.19.0*          tini       differential, benchmark
dumb-init       1.2.5*           dumb-init  differential, benchmark
catatonit       0.1.7*           catatonit  differential, benchmark
docker.io       20.10.*          dockerd    containers
podman          4.3.*            podman     containers
docker-compose  1.29.*           docker-compose containers
openjdk-17-jre-headless 17.0.*   java       containers
iproute2        6.1.*            ip         containers
'

# "package=version for" of each that is missing, one a line: of those for $1, or of "all".
missing_packages() {
  local package version command purpose PATH=$PATH:/usr/sbin:/sbin
  while read -r package version command purpose; do
    [[ -n $package && ($1 == all || " $purpose," == *" $1,"*) ]] || continue
    if [[ $command == - ]]; then
      dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed && continue
    else
      command -v "$command" >/dev/null && continue
    fi
    printf '%s=%s %s\n' "$package" "$version" "$purpose"
  done <<<"$debian_packages"
}

# apt-get against a mirror that may fail now and then.
apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=120 "$@" >/dev/null; }

# Installs what is missing for $1, or for "all": as root on Debian and its kin; elsewhere says what to install. With
# CI=true nothing may be left out.
install_packages() {
  local missing names purposes
  missing=$(missing_packages "$1")
  [[ -z $missing ]] && return
  names=$(cut -d' ' -f1 <<<"$missing" | cut -d= -f1 | xargs)
  purposes=$(cut -d' ' -f2- <<<"$missing" | sed 's/, /\n/g' | sort -u | paste -sd, | sed 's/,/, /g')
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    say "cannot install packages here (only root on Debian can); missing: $names; wanting or left out without them: $purposes"
    [[ ${CI:-} != true ]] || exit 1
    return 0
  fi
  say "installing $names"
  if [[ $(. /etc/os-release && printf %s "$ID $VERSION_ID") == 'debian 12' ]]; then
    names=$(cut -d' ' -f1 <<<"$missing" | xargs)
  else
    say "this is not Debian 12: taking whatever versions it has"
  fi
  apt update
  # shellcheck disable=SC2086 # a list of names, and globs that are apt's to expand
  (set -f && apt install --yes --no-install-recommends $names)
}
