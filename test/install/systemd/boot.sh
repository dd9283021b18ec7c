#!/bin/sh
# Boots systemd as PID 1 of namespaces of its own, over the host's file system as a read-only layer: what it changes is in
# memory and gone with it. Run by machine.sh.
#
# $1 is a directory that becomes /root inside: it holds `tetrad` and life.sh, and takes the journal and out.txt.
set -e

mount --make-rprivate /
stage=$1/stage
mkdir "$stage"
mount -t tmpfs tmpfs "$stage"
mkdir "$stage/upper" "$stage/work" "$stage/root"
root=$stage/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$stage/upper,workdir=$stage/work" "$root"

mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
	touch "$root/dev/$device"
	mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"

# Version 2 alone where the host has no version 1, else systemd's hybrid.
if grep -q '^[0-9]*:name=systemd\|^[1-9][0-9]*:[a-z]' /proc/self/cgroup; then
	mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
	mkdir "$root/sys/fs/cgroup/systemd" "$root/sys/fs/cgroup/unified"
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup/unified"
	mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
else
	mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
fi

mount --bind "$1" "$root/root"
rm -f "$root"/etc/systemd/system/*.wants/*
# What an agent on the host has left, in this layer only. DynamicUser= renames such a directory, and one of the lower layer
# cannot be renamed.
rm -rf "$root/var/lib/tetrad" "$root/var/log/tetrad" "$root/etc/tetragon"
cat > "$root/etc/systemd/system/life.service" <<UNIT
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
ExecStart=/bin/sh /root/life.sh
StandardOutput=file:/root/out.txt
StandardError=file:/root/err.txt
UNIT

container=tetrad-test exec chroot "$root" /lib/systemd/systemd --system --unit=life.service --show-status=no
