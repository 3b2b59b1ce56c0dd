# shellcheck shell=sh disable=SC2034
# What the demo and the end-to-end tests share: a private room for root, a
# throw-away work folder, an sshd on loopback, accounts with keys and policies.
# Read with `.`; the script that reads it has set ROOT, the top of the tree.
#
# Nothing of it outlives the script. As root all of it happens in a private
# namespace: the folder, a copy of /etc with one more account, and the
# processes vanish with the script, even one that is killed with KILL.

# The account that exists in the private copy of /etc only.
GUEST=gkuser
GUEST_ID=61234

WORK=       # the work folder
ROOM_WHY=   # why there is no private room; empty when there is one
CHILDREN=   # daemons to end
SSHD_PORT=

die()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

is_root()
{
	[ "$(id -u)" -eq 0 ]
}

# --- the room ---------------------------------------------------------------

# Runs the whole script once more inside, and ends with its status. The chain
# of parent-death signals ends everything even when this shell is killed.
room_enter()
{
	if ! is_root; then
		ROOM_WHY="not root"
	elif room_is_private; then
		room_furnish
	elif room_unshare true 2>/dev/null; then
		trap 'kill -KILL "$inside"; exit 143' HUP INT TERM
		GK_ROOM=$(readlink /proc/self/ns/mnt) \
		    setpriv --pdeathsig KILL \
		    unshare --mount --pid --fork --kill-child --mount-proc \
		    "$@" <&0 &
		inside=$!
		wait "$inside"
		exit $?
	else
		ROOM_WHY="no private namespace can be made here"
	fi
}

room_unshare()
{
	unshare --mount --pid --fork --kill-child --mount-proc "$@"
}

# A variable alone must not be able to make this script mount over the real
# /etc: it is also the first process there, in another mount namespace.
room_is_private()
{
	[ -n "${GK_ROOM-}" ] && [ $$ -eq 1 ] &&
	    [ "$GK_ROOM" != "$(readlink /proc/self/ns/mnt)" ]
}

room_furnish()
{
	mount -t tmpfs -o mode=0755 tmpfs /run
	mkdir -m 0755 /run/sshd /run/etc
	cp -a /etc/. /run/etc/
	mount --bind /run/etc /etc
	# A home that is nobody's: what root's shells and programs find in the
	# real one is no part of a test.
	mkdir -m 0700 /run/root
	sed -i 's|^\(root:.*\):[^:]*:[^:]*$|\1:/run/root:/bin/sh|' /etc/passwd
	# `*` and not `!`, which sshd without PAM takes for a locked account.
	printf '%s:x:%s:%s::/run/%s:/bin/sh\n' \
	    "$GUEST" "$GUEST_ID" "$GUEST_ID" "$GUEST" >>/etc/passwd
	printf '%s:x:%s:\n' "$GUEST" "$GUEST_ID" >>/etc/group
	printf '%s:*:19000:0:99999:7:::\n' "$GUEST" >>/etc/shadow
	mkdir -m 0755 "/run/$GUEST"
	chown "$GUEST_ID:$GUEST_ID" "/run/$GUEST"
	unset GK_ROOM
}

# Who logs in.
accounts()
{
	if is_root && [ -z "$ROOM_WHY" ]; then
		printf 'root %s\n' "$GUEST"
	else
		id -un
	fi
}

# --- the work folder --------------------------------------------------------

# The policy loader and sshd refuse files below a folder that others can
# write, and a clone may well lie in /tmp.
is_safe_folder()
{
	case $1 in
	*[!A-Za-z0-9/._-]*) return 1 ;;
	esac
	[ -w "$1" ] && [ ${#1} -le 60 ] || return 1
	folder=$1
	while :; do
		[ -n "$(find "$folder" -maxdepth 0 ! -perm /022 \
		    \( -user 0 -o -user "$(id -u)" \))" ] || return 1
		[ "$folder" != / ] || return 0
		folder=$(dirname "$folder")
	done
}

work_base()
{
	if is_root && [ -z "$ROOM_WHY" ]; then
		echo /run
		return
	fi
	for base in "$ROOT/build" "${HOME:-/nonexistent}" /run /var/lib; do
		base=$(readlink -f "$base") || continue
		if is_safe_folder "$base"; then
			printf '%s\n' "$base"
			return
		fi
	done
	return 1
}

work_make()
{
	umask 022
	built=$(gatekeeper_built) || exit 1
	base=$(work_base) ||
	    die "no folder is safe from other users: tried build, HOME, /run"
	trap work_remove EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	WORK=$(mktemp -d "$base/gk.XXXXXX")
	chmod 755 "$WORK"
	cp "$built" "$WORK/gatekeeper"
}

work_remove()
{
	for pid in $CHILDREN; do
		kill "$pid" 2>/dev/null || :
	done
	[ -z "$WORK" ] || rm -rf "$WORK"
	[ -z "${SSHD_RUN-}" ] || rmdir "$SSHD_RUN" 2>/dev/null || :
	WORK=
	CHILDREN=
}

gatekeeper_built()
{
	built=$(readlink -f "${GATEKEEPER:-$ROOT/build/gatekeeper}") || built=
	[ -x "$built" ] || die "no gatekeeper: run make first"
	printf '%s\n' "$built"
}

# --- daemons ----------------------------------------------------------------

# daemon_start LOG ACCOUNT COMMAND...: it dies with this script, whatever ends
# that.
daemon_start()
{
	log=$1
	options=$(account_options "$2")
	shift 2
	# shellcheck disable=SC2086 # several words, or none
	setpriv --pdeathsig KILL $options "$@" >"$log" 2>&1 </dev/null &
	DAEMON=$!
	CHILDREN="$CHILDREN $DAEMON"
}

daemon_alive()
{
	kill -0 "$DAEMON" 2>/dev/null
}

random_port()
{
	echo $((20000 + $(od -An -N2 -tu2 /dev/urandom) % 40000))
}

# wait_for SECONDS COMMAND...: until it succeeds, or the daemon is gone.
wait_for()
{
	tries=$(($1 * 20))
	shift
	while ! "$@" 2>/dev/null >&2; do
		daemon_alive || return 1
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}

# port_daemon START READY: START takes a port and calls daemon_start, READY
# says whether it listens. A port that somebody else has is tried no further.
port_daemon()
{
	for _ in 1 2 3 4 5 6 7 8; do
		PORT=$(random_port)
		"$1" "$PORT"
		if wait_for 10 "$2" "$PORT"; then
			return
		fi
		kill "$DAEMON" 2>/dev/null || :
	done
	cat "$WORK"/*.log >&2
	die "$1: it does not start"
}

# --- sshd -------------------------------------------------------------------

sshd_config()
{
	cat <<-END
	ListenAddress 127.0.0.1
	HostKey $WORK/host_key
	PidFile none
	UsePAM no
	StrictModes yes
	PermitRootLogin prohibit-password
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	AuthorizedKeysFile $WORK/%u/ssh/authorized_keys $WORK/%u/ssh/authorized_keys2
	AcceptEnv *
	Subsystem sftp /usr/lib/openssh/sftp-server
	PrintMotd no
	MaxStartups 100
	END
}

sshd_launch()
{
	daemon_start "$WORK/sshd.log" "$(id -un)" \
	    /usr/sbin/sshd -D -e -f "$WORK/sshd_config" -p "$1"
}

sshd_listens()
{
	grep -q "listening on 127.0.0.1 port $1" "$WORK/sshd.log"
}

# sshd_start: no PAM, no host keys of the machine, no port but its own.
sshd_start()
{
	if is_root && [ ! -d /run/sshd ]; then
		mkdir -m 0755 /run/sshd
		SSHD_RUN=/run/sshd
	fi
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$WORK/host_key"
	sshd_config >"$WORK/sshd_config"
	port_daemon sshd_launch sshd_listens
	SSHD_PORT=$PORT
}

# --- accounts ---------------------------------------------------------------

# What makes setpriv(1) become this account.
account_options()
{
	[ "$(id -un)" = "$1" ] ||
	    printf '%s' "--reuid $1 --regid $1 --clear-groups"
}

# as_account COMMAND...: what the account itself would do.
as_account()
{
	options=$(account_options "$ACCOUNT")
	# shellcheck disable=SC2086 # several words, or none
	setpriv --pdeathsig clear $options "$@"
}

# data_make PATH...: folders that the account owns.
data_make()
{
	mkdir -p "$@"
	chown "$ACCOUNT:" "$@"
}

client_config()
{
	cat <<-END
	Host *
		HostName 127.0.0.1
		Port $SSHD_PORT
		User $ACCOUNT
		HostKeyAlias throw-away
		UserKnownHostsFile $WORK/known_hosts
		GlobalKnownHostsFile /dev/null
		StrictHostKeyChecking yes
		UpdateHostKeys no
		IdentityFile $HERE/client/%n
		IdentitiesOnly yes
		IdentityAgent none
		PreferredAuthentications publickey
		KexAlgorithms curve25519-sha256
		LogLevel ERROR
	END
}

# account_make ACCOUNT: its policies in POLICY, its records in RECORDS, its
# data in DATA; and CLIENT, the configuration with which `ssh -F $CLIENT KEY`
# logs in.
account_make()
{
	ACCOUNT=$1
	HERE=$WORK/$ACCOUNT
	POLICY=$HERE/policy
	RECORDS=$POLICY/log/$ACCOUNT.jsonl
	DATA=$HERE/data
	CLIENT=$HERE/client/config
	mkdir -p "$HERE/client" "$HERE/ssh" "$POLICY/keys"
	data_make "$DATA" "$POLICY/log" "$POLICY/state"
	printf 'throw-away %s\n' "$(cut -d' ' -f1,2 "$WORK/host_key.pub")" \
	    >"$WORK/known_hosts"
	client_config >"$CLIENT"
	settings_write </dev/null
}

# settings_write: gatekeeper.ini, and what stands on standard input besides.
# A container may have no /dev/log.
settings_write()
{
	cat >"$POLICY/gatekeeper.ini" <<-END
	[audit]
	syslog = no
	file   = $POLICY/log/\${account}.jsonl
	END
	cat >>"$POLICY/gatekeeper.ini"
}

# add_key NAME [FILE]: a key pair whose policy stands on standard input, and
# its line in authorized_keys2 or in FILE.
add_key()
{
	cat >"$POLICY/keys/$1.ini"
	ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$HERE/client/$1"
	key_line "$1" >>"$HERE/ssh/${2:-authorized_keys2}"
}

# key_line NAME [PAIR]: the line for the policy NAME and that pair of keys.
key_line()
{
	printf 'restrict,command="%s -d %s %s" %s\n' "$WORK/gatekeeper" \
	    "$POLICY" "$1" "$(cat "$HERE/client/${2:-$1}.pub")"
}

records_count()
{
	if [ -e "$RECORDS" ]; then
		wc -l <"$RECORDS"
	else
		echo 0
	fi
}

# --- nsd --------------------------------------------------------------------

nsd_config()
{
	cat <<-END
	server:
		ip-address: 127.0.0.1@$1
		username: ""
		chroot: ""
		database: ""
		pidfile: ""
		server-count: 1
		zonesdir: "$ZONES"
		zonelistfile: "$NSD/zone.list"
		xfrdfile: "$NSD/xfrd.state"
		xfrdir: "$NSD"
	remote-control:
		control-enable: yes
		control-interface: "$NSD/control"
	zone:
		name: example.net
		zonefile: "%s.zone"
	END
}

nsd_launch()
{
	nsd_config "$1" >"$NSD/nsd.conf"
	daemon_start "$NSD.log" "$ACCOUNT" /usr/sbin/nsd -d -c "$NSD/nsd.conf"
}

nsd_listens()
{
	nsd_control status
}

nsd_control()
{
	/usr/sbin/nsd-control -c "$NSD/nsd.conf" "$@"
}

# nsd_start: a name server of the account's own, which serves example.net.
nsd_start()
{
	NSD=$HERE/nsd
	ZONES=$HERE/zones
	data_make "$NSD" "$ZONES"
	zone_print 2026010101 >"$ZONES/example.net.zone"
	chown "$ACCOUNT:" "$ZONES/example.net.zone"
	port_daemon nsd_launch nsd_listens
	NSD_PORT=$PORT
}

# zone_print SERIAL: a zone of example.net.
zone_print()
{
	cat <<-END
	\$ORIGIN example.net.
	\$TTL 300
	@	IN SOA	ns1 hostmaster $1 3600 900 604800 300
	@	IN NS	ns1
	@	IN MX	10 mail
	ns1	IN A	192.0.2.53
	mail	IN A	192.0.2.25
	www	IN A	192.0.2.80
	END
}

# The shipped policy and script, moved to where this run may write.
dns_push_key()
{
	cp "$ROOT/examples/dns-push/dns-push" "$HERE/dns-push"
	sed -e "s|/usr/local/sbin/dns-push|$HERE/dns-push|" \
	    -e "s|/var/lib/nsd/zones|$ZONES|" \
	    -e "s|/etc/nsd/nsd.conf.d||" \
	    -e "s|/etc/nsd/nsd.conf|$NSD/nsd.conf|" \
	    -e "s|^account .*|account = $ACCOUNT|" \
	    "$ROOT/examples/dns-push/dns-push.ini" | add_key dns-push
}
