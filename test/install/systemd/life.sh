#!/bin/sh
# The life of the service, from `tetrad install` to `tetrad uninstall`, under a systemd of its own. Lines that begin with
# "= " are what the test compares.
unit=tetrad.service
property() { systemctl show "$unit" --property "$1" --value; }
status() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$(property MainPID)/status"; }
# Waits until the property $1 is $2, at most ten seconds.
await() {
	tries=0
	until [ "$(property "$1")" = "$2" ] || [ $tries -ge 200 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	echo "= $1 $(property "$1")"
}

echo "= booted"
systemctl start systemd-journald
# Not the sensor: it would watch what others run on this machine.
mkdir -p /etc/tetragon/tetragon.conf.d
echo file:/var/log/tetragon/tetragon.log > /etc/tetragon/tetragon.conf.d/event-source
/root/tetrad install --start
await ActiveState active
echo "= StatusText $(property StatusText)"
for name in CapEff CapPrm CapInh CapAmb NoNewPrivs Seccomp; do echo "= $name $(status $name)"; done
# DynamicUser= takes one of these numbers (systemd.exec(5)).
uid=$(status Uid | cut -f1)
[ "$uid" -ge 61184 ] && [ "$uid" -le 65519 ] && echo "= a user of its own"
[ -s /var/lib/tetrad/checkpoint ] && echo "= checkpoint"

pid=$(property MainPID)
systemctl reload "$unit" && echo "= reloaded"
await StatusText Running
[ "$(property MainPID)" = "$pid" ] && echo "= the same process"

# A process that hangs is killed by the watchdog and started again.
mkdir -p /run/systemd/system/$unit.d
printf '[Service]\nWatchdogSec=1s\nRestartSec=100ms\n' > /run/systemd/system/$unit.d/watchdog.conf
systemctl daemon-reload
systemctl restart "$unit"
await NRestarts 0
kill -STOP "$(property MainPID)"
await NRestarts 1
await ActiveState active

systemctl stop "$unit"
echo "= Result $(property Result)"
/root/tetrad uninstall --purge
for path in /usr/local/bin/tetrad /etc/systemd/system/$unit /var/lib/private/tetrad /var/log/private/tetrad; do
	[ -e "$path" ] && echo "= left: $path"
done
journalctl --no-pager --unit "$unit" > /root/journal.txt
echo "= done"
