#!/bin/sh
# Runs boot.sh in namespaces and in control groups of its own, and removes the groups again. SIGTERM ends it.
# $1 is the directory for boot.sh.
set -e

here=$(dirname "$0")
groups=
child=
trap 'if [ -n "$child" ]; then kill -KILL "$child"; fi' TERM

# One line of /proc/self/cgroup a hierarchy: number, controllers or name=..., path. Version 2 has no controllers.
enter() {
	while IFS=: read -r _ controllers path; do
		case $controllers in
		"") mount=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts) ;;
		*) mount=$(awk -v want="$controllers" '$3 == "cgroup" && index("," $4 ",", "," want ",") { print $2; exit }' /proc/mounts) ;;
		esac
		if [ -z "$mount" ]; then continue; fi
		group=${mount}${path%/}/tetrad-test-$$
		mkdir "$group" || continue
		groups="$groups $group"
		# A new cpuset is empty, and takes no process then.
		for file in cpuset.cpus cpuset.mems; do
			if [ -e "$group/$file" ]; then cat "${group%/*}/$file" > "$group/$file"; fi
		done
		echo $$ > "$group/cgroup.procs" || echo "Cannot enter $group" >&2
	done
}

leave() {
	for group in $groups; do
		echo $$ > "${group%/*}/cgroup.procs"
		# The last processes of the machine may still be on their way out.
		tries=0
		until find "$group" -depth -type d -exec rmdir {} + 2> /dev/null || [ $tries -ge 100 ]; do
			tries=$((tries + 1))
			sleep 0.05
		done
	done
}

cp /proc/self/cgroup "$1/cgroup"
enter < "$1/cgroup"
unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child sh "$here/boot.sh" "$1" &
child=$!
wait "$child" || true
# The signal that ends the machine interrupts the first wait.
wait "$child" 2> /dev/null || true
leave
