# The Debian packages that the tests need, how they are installed, and the kernel that the tests' machine boots. Sourced, not
# run.

# package, version on Debian 12 (a glob, apt's), signs that it is there already, what it is for.
#
# Signs, all of which must hold: a command; COMPILER:HEADER, for a header that this compiler finds; "-" where only dpkg knows.
# Whatever is needed is named here, also where another package recommends it: recommendations are not installed.
debian_packages='
gcc             4:12.2.*         cc,gcc,strip build
libc6-dev       2.36*            cc:stdio.h,cc:asm/unistd.h build
g++             4:12.2.*         g++        node-pty
gcc-aarch64-linux-gnu 4:12.2.* aarch64-linux-gnu-gcc kit, shipping, emulation, checks
libc6-dev-arm64-cross 2.36*    aarch64-linux-gnu-gcc:poll.h kit, shipping, emulation, checks
linux-libc-dev-arm64-cross 6.1.* aarch64-linux-gnu-gcc:asm/unistd.h kit, shipping, emulation, checks
gcc-riscv64-linux-gnu 4:12.2.* riscv64-linux-gnu-gcc kit, shipping, emulation, checks
libc6-dev-riscv64-cross 2.36*  riscv64-linux-gnu-gcc:poll.h kit, shipping, emulation, checks
linux-libc-dev-riscv64-cross 6.1.* riscv64-linux-gnu-gcc:asm/unistd.h kit, shipping, emulation, checks
gcc-powerpc64le-linux-gnu 4:12.2.* powerpc64le-linux-gnu-gcc kit, shipping, emulation, checks
libc6-dev-ppc64el-cross 2.36*  powerpc64le-linux-gnu-gcc:poll.h kit, shipping, emulation, checks
linux-libc-dev-ppc64el-cross 6.1.* powerpc64le-linux-gnu-gcc:asm/unistd.h kit, shipping, emulation, checks
gcc-arm-linux-gnueabihf 4:12.2.* arm-linux-gnueabihf-gcc kit, shipping, emulation, checks
libc6-dev-armhf-cross 2.36*    arm-linux-gnueabihf-gcc:poll.h kit, shipping, emulation, checks
linux-libc-dev-armhf-cross 6.1.* arm-linux-gnueabihf-gcc:asm/unistd.h kit, shipping, emulation, checks
gcc-i686-linux-gnu 4:12.2.*    i686-linux-gnu-gcc kit, shipping, emulation, checks
libc6-dev-i386-cross 2.36*     i686-linux-gnu-gcc:poll.h kit, shipping, emulation, checks
linux-libc-dev-i386-cross 6.1.* i686-linux-gnu-gcc:asm/unistd.h kit, shipping, emulation, checks
make            4.3*             make       node-pty
python3         3.11.*           python3,/usr/bin/python3 node-pty, containers
util-linux      2.38.*           unshare,nsenter,setpriv,setsid config, processes, containers, differential, benchmark, machine
groff-base      1.22.*           groff      config
busybox-static  1:1.35.*         -          processes, containers, machine
procps          2:4.0.*          ps,pgrep   processes, containers
zsh             5.9*             zsh        processes
php8.2-cli      8.2.*            php8.2     processes
cron            3.0*             cron       processes
python3-flask   2.2.*            -          processes
gosu            1.14*            gosu       processes
strace          6.1*             strace     processes, benchmark
shellcheck      0.9.*            shellcheck checks
git             1:2.39.*         git        checks
gdb             13.1*            gdb        checks
tini            0.19.0*          tini,tini-static differential, benchmark
dumb-init       1.2.5*           dumb-init  differential, benchmark
catatonit       0.1.7*           catatonit  differential, benchmark
docker.io       20.10.*          dockerd    containers, machine
containerd      1.6.*            containerd,containerd-shim-runc-v2 containers, machine
runc            1.1.*            runc       containers, machine
podman          4.3.*            podman     containers
docker-compose  1.29.*           docker-compose containers
openjdk-17-jre-headless 17.0.*   java       processes, containers
iproute2        6.1.*            ip         containers
crun            1.8.*            crun       machine
qemu-system-x86 1:7.2*           qemu-system-x86_64 machine
qemu-user-static 1:7.2*          qemu-x86_64-static,qemu-arm-static processes, emulation
'

# "package version signs purpose" of each of the list, one a line.
listed_packages() { grep -v '^$' <<<"$debian_packages"; }

# Whether all signs of package $1 hold: those of $2, with commas between them.
is_there() {
  local sign signs
  IFS=, read -ra signs <<<"$2"
  for sign in "${signs[@]}"; do
    case $sign in
      -) dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed ;;
      *:*) "${sign%%:*}" -E -include "${sign#*:}" -x c /dev/null ;;
      *) command -v "$sign" ;;
    esac >/dev/null 2>&1 || return
  done
}

# "package=version for" of each that is missing, one a line: of those for $1, or of "all".
missing_packages() {
  local package version signs purpose PATH=$PATH:/usr/sbin:/sbin
  while read -r package version signs purpose; do
    [[ $1 == all || " $purpose," == *" $1,"* ]] || continue
    is_there "$package" "$signs" || printf '%s=%s %s\n' "$package" "$version" "$purpose"
  done < <(listed_packages)
}

# Says how apt would install the whole list, in these versions, on a bare Debian 12 on which not one package is installed;
# fails where it could not. Nothing is changed. Folder $1 may be written to.
install_on_bare_machine() {
  local wanted
  : >"$1/status"
  wanted=$(listed_packages | while read -r package version _; do printf '%s=%s\n' "$package" "$version"; done)
  # shellcheck disable=SC2086 # a list of names, and globs that are apt's to expand
  (set -f && apt-get --simulate --quiet -o "Dir::State::status=$1/status" -o "Dir::State::extended_states=$1/extended" \
    -o Debug::NoLocking=true install --no-install-recommends $wanted)
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

# The kernel of the tests' machine: Debian 12's for virtual machines. It is unpacked into build/kernel, not installed: nothing
# of this machine's own boot may change.
kernel_series=6.1
kernel_modules='overlay virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci failover net_failover virtio_net'

# Puts vmlinuz and the modules into build/kernel, unless they are there. Without it the machine's tests are left out; with
# CI=true nothing may be.
fetch_kernel() {
  local directory=$root/build/kernel temporary=$root/build/kernel.new package
  [[ -e $directory/vmlinuz || $(uname -m) != x86_64 ]] && return
  say "fetching Debian's kernel $kernel_series for the tests' machine"
  [[ $EUID -ne 0 ]] || apt update || true
  for package in $(kernels); do
    rm -rf "$temporary" "$directory"
    mkdir -p "$temporary"
    unpack_kernel "$package" "$temporary" && mv "$temporary/files" "$directory" && break
  done
  rm -rf "$temporary"
  [[ ! -e $directory/vmlinuz ]] || return 0
  say "Debian's kernel $kernel_series is not to be had; left out without it: machine"
  [[ ${CI:-} != true ]] || exit 1
}

# The kernels' packages: the newest three of the series, and what this machine's Debian has, which may be another.
kernels() {
  command -v apt-get >/dev/null || return 0
  apt-cache pkgnames "linux-image-$kernel_series." | grep -E -- '-[0-9]+-cloud-amd64$' | sort --version-sort --reverse | head -n 3 || true
  apt-cache depends linux-image-cloud-amd64 | grep -oE 'linux-image-[0-9]\S+' || true
}

# Unpacks package $1 in folder $2: vmlinuz and the modules into $2/files.
unpack_kernel() {
  local module
  # As the user that we are: apt's own could not write there.
  (cd "$2" && apt-get -qq -o Acquire::Retries=5 -o APT::Sandbox::User=root download "$1" >/dev/null) || return
  dpkg-deb -x "$2"/*.deb "$2/package" && mkdir "$2/files" && mv "$2"/package/boot/vmlinuz-* "$2/files/vmlinuz" || return
  for module in $kernel_modules; do
    find "$2/package/lib/modules" -name "$module.ko" -exec mv {} "$2/files" \; || return
  done
}
