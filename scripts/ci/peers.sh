#!/usr/bin/env bash
# Installs what the end-to-end tests and the benchmarks talk to or compare with, from Debian's packages. As root.
# rsyslog and syslog-ng exclude each other as packages, not as programs: syslog-ng is unpacked into .tmp/peers, and so is
# Prometheus, which would run as a service.
set -euo pipefail
cd "$(dirname "$0")/../.."
export DEBIAN_FRONTEND=noninteractive

is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

# The libraries that syslog-ng-core is linked with come with it.
packages=(qemu-system-x86 busybox-static zstd kmod rsyslog iproute2 nftables util-linux gcc libc6-dev gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static runc skopeo debootstrap musl-tools ca-certificates systemd zsh fish libivykis0 libjson-c5 libnet1 libpcre3 libsystemd0 libwrap0 libglib2.0-0)
missing=()
missing_optional=()
for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
# What the sensor is compared with: optional, since not every kernel or distribution has it.
optional=(bpftrace make)
for package in "${optional[@]}"; do
  is_installed "$package" || missing_optional+=("$package")
done
unpacked=.tmp/peers/syslog-ng
prometheus=.tmp/peers/prometheus
# A reader of GELF that is not ours: optional, since it needs Go.
reader=.tmp/peers/gelf-reader
if [ ! -x "$reader" ] && command -v go >/dev/null; then
  mkdir -p .tmp/peers
  (cd test/peers/gelf-reader && go build -o "../../../$reader" .) || echo "Not built: $reader (optional)" >&2
fi
if [ ${#missing[@]} -eq 0 ] && [ ${#missing_optional[@]} -eq 0 ] && [ -x "$unpacked/usr/sbin/syslog-ng" ] && [ -x "$prometheus/usr/bin/promtool" ]; then exit 0; fi

apt-get update -qq
[ ${#missing[@]} -eq 0 ] || apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
for package in "${missing_optional[@]}"; do
  apt-get install -qq -y --no-install-recommends "$package" >/dev/null || echo "Not installed: $package (optional)" >&2
done
# unpack PACKAGE DIRECTORY
unpack() {
  local download
  download=$(mktemp -d)
  (cd "$download" && apt-get download -qq "$1" >/dev/null)
  mkdir -p "$2"
  dpkg-deb -x "$download/$1"_*.deb "$2"
  rm -rf "$download"
}
[ -x "$unpacked/usr/sbin/syslog-ng" ] || unpack syslog-ng-core "$unpacked"
[ -x "$prometheus/usr/bin/promtool" ] || unpack prometheus "$prometheus"
