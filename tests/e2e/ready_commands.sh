# shellcheck shell=sh
# Policies that ship and are made of `command` rules. No machine that runs
# these tests need have ZFS, btrfs or systemd, so programs stand in for zfs,
# btrfs, sudo, systemctl and journalctl; they say what they were given.

# shellcheck source=SCRIPTDIR/ready
. "$ROOT/tests/e2e/ready"

setup()
{
	ready_use ready-commands
	KEPT=$DATA/ready-commands/kept
	BTRFS=$SRV/backup/web1/btrfs
	LOGS=$SRV/log
	data_make "$KEPT" "$SRV/backup" "$SRV/backup/web1" "$BTRFS" "$LOGS" \
	    "$LOGS/nginx" "$LOGS/journal"
	seq 1 2000 >"$LOGS/nginx/error.log"
	echo secret >"$LOGS/nginx/password"
	stand_ins
	ready zfs-receive -e "s|/usr/sbin/zfs|$LOCAL/zfs|"
	# A line of a policy has 198 bytes, and these folders have long names.
	ready btrfs-receive -e "s|/usr/bin/sudo -n |$LOCAL/sudo -n\n\t|" \
	    -e "s|/usr/bin/btrfs|$LOCAL/btrfs|" \
	    -e "s|/usr/local/sbin/btrfs-show|$LOCAL/btrfs-show|" \
	    -e "s|/srv/backup\$|$SRV/backup|" \
	    -e "s|/srv/backup(|$SRV/backup(|"
	ready diagnostics -e "s|/usr/bin/systemctl|$LOCAL/systemctl|" \
	    -e "s|/usr/bin/journalctl|$LOCAL/journalctl|" \
	    -e "s|/var/log/|$LOGS/|g"
}

# The programs of the server.
stand_ins()
{
	cat >"$LOCAL/zfs" <<-END
	#!/bin/sh
	[ "\$1" = receive ] || exec printf '%s\n' "\$@"
	for name; do :; done
	name=\$(echo "\$name" | tr / +)
	printf '%s\n' "\$*" >"$KEPT/\$name.asked"
	exec cat >"$KEPT/\$name"
	END
	cat >"$LOCAL/btrfs" <<-END
	#!/bin/sh
	[ "\$1" = receive ] || exec printf '%s\n' "\$@"
	printf '%s\n' "\$*" >"$KEPT/btrfs.asked"
	exec cat >"$KEPT/btrfs"
	END
	cat >"$LOCAL/sudo" <<-'END'
	#!/bin/sh
	[ "$1" = -n ] || exit 1
	shift
	exec "$@"
	END
	sed -e "s|sudo|$LOCAL/sudo|;s|/usr/bin/btrfs|$LOCAL/btrfs|" \
	    "$ROOT/examples/btrfs-receive/btrfs-show" >"$LOCAL/btrfs-show"
	# With what its name asks a pager for, and 3 for a dead service.
	cat >"$LOCAL/systemctl" <<-'END'
	#!/bin/sh
	printf '%s\n' "$@" "pager=${SYSTEMD_PAGER-}${PAGER-}"
	exit 3
	END
	cat >"$LOCAL/journalctl" <<-'END'
	#!/bin/sh
	printf '%s\n' "$@"
	END
	chmod 755 "$LOCAL/zfs" "$LOCAL/btrfs" "$LOCAL/sudo" \
	    "$LOCAL/btrfs-show" "$LOCAL/systemctl" "$LOCAL/journalctl"
	head -c 300000 /dev/urandom >"$LOCAL/stream"
}

tests()
{
	cat <<-'END'
	ready-zfs-receive zfs_receive
	ready-zfs-asks zfs_asks
	ready-zfs-options zfs_options
	ready-zfs-elsewhere zfs_elsewhere
	ready-zfs-refused other_requests zfs-receive
	ready-btrfs-receive btrfs_receive
	ready-btrfs-asks btrfs_asks
	ready-btrfs-links btrfs_links
	ready-btrfs-refused btrfs_refused
	ready-diagnostics-service service
	ready-diagnostics-journal journal
	ready-diagnostics-log log_file
	ready-diagnostics-host host
	ready-diagnostics-refused diagnostics_refused
	ready-diagnostics-reasons reasons
	ready-commands-check no_errors zfs-receive btrfs-receive diagnostics
	END
}

# send KEY COMMAND: with the stream on standard input.
send()
{
	# shellcheck disable=SC2086 # several words
	client $PATIENCE ssh -T -F "$CLIENT" "$@" <"$LOCAL/stream"
}

# ran RULE SANDBOX WORDS...: the last client's one record says that, and that
# these were the arguments.
ran()
{
	rule=$1
	sandbox=$2
	shift 2
	# shellcheck disable=SC2016 # jq's variables
	recorded '.gatekeeper.verdict == "permit" and .rule.name == $rule
	    and (.gatekeeper.sandbox | startswith($sandbox))
	    and (.process.args[1:] | join("\n")) == $words' \
	    --arg rule "$rule" --arg sandbox "$sandbox" \
	    --arg words "$(printf '%s\n' "$@")"
}

# no_rule KEY: each line on standard input is refused, and nothing is kept.
no_rule()
{
	rm -f "$KEPT"/*
	while read -r command; do
		ask "$1" "$command" </dev/null
		refused no-rule "$command"
	done
	[ -z "$(ls "$KEPT")" ] || fail "something was received"
}

# --- zfs-receive ------------------------------------------------------------

zfs_receive()
{
	for dataset in home vm/disk-1 var.lib_x:y; do
		dataset=tank/backup/web1/$dataset
		send zfs-receive "zfs receive -s $dataset"
		worked
		ran receive none receive -u -s "$dataset"
		name=$(echo "$dataset" | tr / +)
		same "$LOCAL/stream" "$KEPT/$name"
		[ "$(cat "$KEPT/$name.asked")" = "receive -u -s $dataset" ] ||
		    fail "other words: $(cat "$KEPT/$name.asked")"
	done
	for words in receive recv 'receive -u' 'recv -s -u'; do
		send zfs-receive "zfs $words 'tank/backup/web1/home'"
		worked
	done
	ran receive none receive -u -s tank/backup/web1/home
}

zfs_asks()
{
	dataset=tank/backup/web1/home
	ask zfs-receive \
	    "zfs list -H -o name -s creation -t snapshot -d 1 $dataset"
	worked
	ran snapshots none list -H -o name -s creation -t snapshot -d 1 \
	    "$dataset"
	ask zfs-receive "zfs get -H -o value receive_resume_token $dataset"
	worked
	ran resume-token none get -H -o value receive_resume_token "$dataset"
}

# What would make more of a receive than a new snapshot.
zfs_options()
{
	no_rule zfs-receive <<-'END'
	zfs receive -F tank/backup/web1/home
	zfs receive -sF tank/backup/web1/home
	zfs receive -s -F tank/backup/web1/home
	zfs receive -o mountpoint=/etc tank/backup/web1/home
	zfs receive -omountpoint=/etc tank/backup/web1/home
	zfs receive -x mountpoint tank/backup/web1/home
	zfs receive -d tank/backup/web1
	zfs receive -e tank/backup/web1
	zfs receive -A tank/backup/web1/home
	zfs receive -M tank/backup/web1/home
	zfs receive -s -s tank/backup/web1/home
	zfs destroy -r tank/backup/web1/home
	zfs rollback tank/backup/web1/home@old
	zfs set mountpoint=/etc tank/backup/web1/home
	zfs program tank /tmp/x.lua
	zfs send tank/backup/web1/home@new
	zfs list -H -o name -s creation -t snapshot -d 1 -r tank
	sudo zfs receive tank/backup/web1/home
	END
}

zfs_elsewhere()
{
	no_rule zfs-receive <<-'END'
	zfs receive tank
	zfs receive tank/backup/web1
	zfs receive tank/backup/web10/home
	zfs receive tank/backup/web1/../web2
	zfs receive tank/backup/web1//home
	zfs receive tank/backup/web1/-F
	zfs receive tank/backup/web1/home@now
	zfs receive tank/backup/web1/home tank/backup/web1/vm
	zfs receive 'tank/backup/web1/home -F'
	zfs get -H -o value receive_resume_token tank/other
	END
	# As syncoid has it.
	send zfs-receive ' zfs receive  -s -F '"'tank/backup/web1/home'"' 2>&1'
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
	[ -z "$(ls "$KEPT")" ] || fail "something was received"
}

# --- btrfs-receive ----------------------------------------------------------

# Names are quoted, as btrbk does it.
btrfs_receive()
{
	send btrfs-receive "btrfs receive '$BTRFS/'"
	worked
	ran receive none -n "$LOCAL/btrfs" receive -C "$BTRFS"
	same "$LOCAL/stream" "$KEPT/btrfs"
	[ "$(cat "$KEPT/btrfs.asked")" = "receive -C $BTRFS" ] ||
	    fail "other words: $(cat "$KEPT/btrfs.asked")"
	send btrfs-receive "btrfs receive $BTRFS"
	worked
}

btrfs_asks()
{
	ask btrfs-receive "readlink -v -e '$BTRFS'"
	worked
	printed "^$BTRFS\$"
	ran realpath landlock -v -e "$BTRFS"
	ask btrfs-receive "cat /proc/self/mountinfo"
	worked
	printed '^[0-9]+ [0-9]+ [0-9]+:[0-9]+ /'
	ran mounts landlock /proc/self/mountinfo
	for words in 'list -a -c -u -q -R' 'list -a -r' 'show --rootid=5' \
	    show; do
		ask btrfs-receive "btrfs subvolume $words '$SRV/backup'"
		worked
		printf '%s\n' subvolume "$words" "$SRV/backup" | tr ' ' '\n' \
		    >"$LOCAL/expected"
		same "$LOCAL/expected" "$OUT"
	done
	ask btrfs-receive "btrfs subvolume show '$BTRFS/home.20261120T0100_1'"
	worked
	printed "^$BTRFS/home.20261120T0100_1\$"
	ran show none "$BTRFS/home.20261120T0100_1"
}

# A link in what was received before leads nowhere.
btrfs_links()
{
	as_account mkdir "$BTRFS/home.1"
	as_account ln -s /etc "$BTRFS/home.1/link"
	no_rule btrfs-receive <<-END
	btrfs receive $BTRFS/home.1
	btrfs receive $BTRFS/home.1/link
	btrfs receive $BTRFS/../btrfs
	btrfs subvolume show $BTRFS/home.1/link
	btrfs subvolume show $BTRFS/..
	readlink -v -e $BTRFS/home.1/link
	END
}

btrfs_refused()
{
	other_requests btrfs-receive
	no_rule btrfs-receive <<-END
	btrfs receive --max-errors=0 $BTRFS/
	btrfs receive -f /etc/shadow $BTRFS/
	btrfs receive -m / $BTRFS/
	btrfs receive --dump
	btrfs receive /
	btrfs subvolume delete $BTRFS/home.1
	btrfs subvolume snapshot $BTRFS/home.1 $BTRFS/home.2
	btrfs send $BTRFS/home.1
	btrfs filesystem usage /
	sudo -n btrfs receive $BTRFS/
	cat /etc/shadow
	readlink -v -e $BTRFS /etc/shadow
	END
	send btrfs-receive "zstd -d -c | btrfs receive '$BTRFS/'"
	refused shell-syntax "zstd -d -c | btrfs receive '$BTRFS/'"
}

# --- diagnostics ------------------------------------------------------------

# The service's own status comes through, and no pager does.
service()
{
	for verb in status is-active is-failed; do
		client env SYSTEMD_PAGER='sh -c id' PAGER=id LC_ALL=C \
		    ssh -T -F "$CLIENT" -o 'SendEnv=SYSTEMD_PAGER PAGER' \
		    diagnostics "systemctl $verb nginx"
		[ "$STATUS" -eq 3 ] || fail "status $STATUS, not 3"
		ran service landlock --no-pager --no-ask-password "$verb" -- \
		    nginx
		printf '%s\n' --no-pager --no-ask-password "$verb" -- nginx \
		    pager= >"$LOCAL/expected"
		same "$LOCAL/expected" "$OUT"
	done
}

journal()
{
	ask diagnostics journalctl -u postgresql.service -n 100
	worked
	ran journal landlock --no-pager --unit=postgresql.service --lines=100
}

log_file()
{
	ask diagnostics tail -n 3 "$LOGS/nginx/error.log"
	worked
	printf '%s\n' 1998 1999 2000 >"$LOCAL/expected"
	same "$LOCAL/expected" "$OUT"
	ran nginx-log landlock -n 3 -- "$LOGS/nginx/error.log"
	no_rule_full <<-END
	tail -n 3 $LOGS/nginx/password
	tail -n 3 $LOGS/nginx/../nginx/error.log
	tail -n 3 /etc/passwd
	tail -n 3 $LOGS/nginx/error.log /etc/passwd
	tail -n 1001 $LOGS/nginx/error.log
	tail -n +0 $LOGS/nginx/error.log
	tail -f $LOGS/nginx/error.log
	tail -n 3 -f $LOGS/nginx/error.log
	tail -n 3 --pid=1 $LOGS/nginx/error.log
	END
}

host()
{
	ask diagnostics df -h
	worked
	printed '^Filesystem .*Mounted on$'
	ran disk landlock -h
	ask diagnostics uptime
	worked
	printed 'load average: [0-9]'
	ran load landlock
}

# no_rule_full: each line on standard input, with the detail that this policy
# gives; everything that the program must read is in one line.
no_rule_full()
{
	while read -r command; do
		ask diagnostics "$command" </dev/null
		[ "$STATUS" -eq 126 ] || fail "status $STATUS"
		[ ! -s "$OUT" ] || fail "something on standard output"
		[ "$(wc -l <"$ERR")" -eq 1 ] || fail "not one line"
		complained \
		    '^gatekeeper: refused: .+ \(session [0-9a-z]{26}\)$'
		recorded '.gatekeeper.verdict == "refuse"
		    and .event.reason == "no-rule"'
		recorded_command "$command"
	done
}

diagnostics_refused()
{
	no_rule_full <<-'END'
	systemctl restart nginx
	systemctl stop nginx
	systemctl status
	systemctl status sshd
	systemctl status nginx ssh
	systemctl status -H root@192.0.2.1 nginx
	systemctl --host=root@192.0.2.1 status nginx
	systemctl status nginx --lines=100000
	systemctl edit nginx
	systemctl set-environment LD_PRELOAD=/tmp/x
	systemctl poweroff
	journalctl
	journalctl -f
	journalctl -u nginx
	journalctl -u nginx -n 10 -f
	journalctl -u nginx -n 100000
	journalctl -u nginx -n all
	journalctl -u sshd.service -n 10
	journalctl --file=/etc/shadow -u nginx -n 10
	journalctl -D /home -u nginx -n 10
	journalctl --vacuum-time=1s
	df -h /
	df --output=source
	uptime -p
	cat /etc/passwd
	END
}

# The agent learns which byte was wrong.
reasons()
{
	ask diagnostics 'systemctl status nginx | tail -n 5'
	[ "$STATUS" -eq 126 ] || fail "status $STATUS"
	complained '^gatekeeper: refused: [^()]+ \(byte 24: [^()]+\) \(session'
	recorded '.event.reason == "shell-syntax"'
}
