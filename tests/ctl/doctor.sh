# shellcheck shell=sh disable=SC2034
# doctor: the host around the policies. Key lines and settings are held
# against a real sshd. Read with `.` by tests/ctl/run, after prepare.sh.

# D is the policy folder; WHO the account, as in prepare.sh.
doctor_fill()
{
	D=$WORK/doctor
	WHO=$(id -un)
	! is_root || WHO=$GUEST
	ACCOUNT=$WHO
	mkdir -p "$D/keys" "$WORK/$WHO/ssh"
	cp "$WORK/gatekeeper" "$WORK/srv/open/gatekeeper"
	chmod 777 "$WORK/srv/open/gatekeeper"
	cat >"$D/gatekeeper.ini" <<-END
	[audit]
	syslog = no
	file = $D/log/\${account}.json
	END
	doctor_policies
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$WORK/k"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$WORK/l"
	sshd_start
	cp "$WORK/sshd_config" "$WORK/lax_config"
	client_file >"$WORK/client_config"
}

doctor_policies()
{
	printf '[key]\naccount = %s\n[allow a]\nprotocol = scp\nwrite = %s\n' \
	    "$WHO" "$WORK/srv/a" >"$D/keys/k.ini"
	printf '[key]\naccount = %s\n[allow a]\ncommand = %s\nterminal = yes\n' \
	    "$WHO" "$WORK/bin/probe" >"$D/keys/term.ini"
	printf '[key]\naccount = nobody\n[allow a]\ncommand = %s\n' \
	    "$WORK/bin/probe" >"$D/keys/nobodys.ini"
	printf '[key]\nfoo = 1\n' >"$D/keys/broken.ini"
}

client_file()
{
	cat <<-END
	Host *
		HostName 127.0.0.1
		Port $SSHD_PORT
		User $WHO
		UserKnownHostsFile /dev/null
		StrictHostKeyChecking no
		IdentityFile $WORK/k
		IdentitiesOnly yes
		IdentityAgent none
		PreferredAuthentications publickey
		LogLevel ERROR
	END
}

# doctor [OPTION...]: what it says is in $WORK/out, its status in $examined.
# Where rows are many, the quicker of the two programs.
DOCTOR=san/gatekeeperctl
doctor()
{
	"$BUILT/$DOCTOR" -d "$D" doctor --sshd-config \
	    "$WORK/sshd_config" "$@" "$WHO" >"$WORK/out" 2>&1
	examined=$?
}

# --- key lines --------------------------------------------------------------

keys_fill_in()
{
	fingerprint=$(ssh-keygen -l -f "$WORK/k.pub" | cut -d' ' -f2)
	sed -e "s|@K@|$(cut -d' ' -f1,2 "$WORK/k.pub")|g" \
	    -e "s|@L@|$(cut -d' ' -f1,2 "$WORK/l.pub")|g" \
	    -e "s|@G@|$WORK/gatekeeper|g; s|@D@|$D|g; s|@W@|$WORK|g" \
	    -e "s|@FP@|$fingerprint|g" \
	    -e "$(sed -n 's/^\(@.*@\)	\(.*\)$/s|\1|\2|g/p' \
	    "$ROOT/tests/ctl/public-keys.tsv")"
}

# Findings of the two files of keys alone, as `2:1 warning: text`, the first
# file's without its 1.
of_keys()
{
	sed -n -e "s|^$WORK/$WHO/ssh/authorized_keys:||p" \
	    -e "s|^$WORK/$WHO/ssh/authorized_keys2:|2:|p" "$WORK/out"
}

authorized_row()
{
	printf '%b' "$2" | keys_fill_in >"$WORK/lines"
	grep -v '^@2@' "$WORK/lines" >"$WORK/$WHO/ssh/authorized_keys"
	sed -n 's/^@2@//p' "$WORK/lines" >"$WORK/$WHO/ssh/authorized_keys2"
	printf '%s\n' "$1" | sed 's/&&/\n/g' | keys_fill_in >"$WORK/wanted"
	doctor
	of_keys >"$WORK/found"
	cat "$WORK/found"
	count=0
	while read -r line severity text; do
		[ "$line" != - ] || continue
		count=$((count + 1))
		grep "^$line: $severity: " "$WORK/found" |
		    grep -qF -- "$text" || {
			echo "missing: $line $severity $text"
			return 1
		}
	done <"$WORK/wanted"
	[ "$(wc -l <"$WORK/found")" -eq "$count" ]
}

# Whether sshd lets the key in, and doctor knows it.
authorized_sshd()
{
	ssh -F "$WORK/client_config" x true </dev/null >"$WORK/ssh" 2>&1
	# 255 is what ssh says of its own, and no program here.
	[ $? -ne 255 ] && taken=yes || taken=no
	told=yes
	! of_keys | grep -q 'sshd takes no key\|sshd rejects' || told=no
	cat "$WORK/out" "$WORK/ssh"
	echo "sshd: $taken, doctor: $told"
	[ "$taken" = "$told" ]
}

authorized_rows()
{
	while IFS="$TAB" read -r name wanted lines; do
		case $name in
		'' | '#'*) continue ;;
		esac
		try "authorized/$name" authorized_row "$wanted" "$lines"
		case $name in
		authorized/+*) try "$name-sshd" authorized_sshd ;;
		esac
	done <"$ROOT/tests/ctl/authorized.tsv"
	good_line
}

good_line()
{
	rm -f "$WORK/$WHO/ssh/authorized_keys2"
	# shellcheck disable=SC2016 # the marks of the table
	echo 'restrict,command="@G@ k" @K@' | keys_fill_in \
	    >"$WORK/$WHO/ssh/authorized_keys"
}

# As ssh-keygen has it, for keys of several lengths.
authorized_fingerprints()
{
	sed -n 's/.*	ssh-rsa //p' "$ROOT/tests/ctl/public-keys.tsv" \
	    >"$WORK/rsa"
	while read -r key; do
		echo "ssh-rsa $key" >"$WORK/one.pub"
		wanted=$(ssh-keygen -l -f "$WORK/one.pub" | cut -d' ' -f2)
		echo "restrict,command=\"$WORK/gatekeeper k x\" ssh-rsa $key" \
		    >"$WORK/$WHO/ssh/authorized_keys"
		doctor
		grep -F "gatekeeper k $wanted\"" "$WORK/out" || return 1
	done <"$WORK/rsa"
	good_line
}

# --- sshd -------------------------------------------------------------------

# Settings, and the findings that they bring; `-` for none. The others of the
# configuration are as they should be.
settings_rows()
{
	cat <<-'END'
	-	-
	AcceptEnv *	error AcceptEnv * lets clients set LD_PRELOAD
	AcceptEnv LANG LC_* LD_*	error AcceptEnv LD_* lets clients set LD_PRELOAD
	AcceptEnv LANG LC_* GIT_* TERM	-
	AcceptEnv BASH_*	error lets clients set BASH_ENV
	AcceptEnv ???????OPTS	-
	AcceptEnv ?????OPTS	error lets clients set SHELLOPTS
	PermitUserEnvironment yes	warning set LD_PRELOAD
	PermitUserEnvironment LC_*,TZ	-
	PermitUserEnvironment LC_*,LD_*	warning set LD_PRELOAD
	PermitUserRC yes	advice write PermitUserRC no
	ExposeAuthInfo yes	advice write ExposeAuthInfo no
	StrictModes no	warning write StrictModes yes
	PubkeyAuthentication no	error write PubkeyAuthentication yes
	Subsystem sftp /usr/lib/other	warning does not know Subsystem sftp /usr/lib/other
	Subsystem sftp internal-sftp -l INFO	-
	Subsystem none /bin/true	warning without a Subsystem sftp
	ForceCommand internal-sftp	error ForceCommand internal-sftp runs in place
	ForceCommand /usr/lib/gatekeeper k	-
	DisableForwarding no	advice write DisableForwarding yes
	DisableForwarding no\nAllowTcpForwarding no\nAllowStreamLocalForwarding no\nAllowAgentForwarding no\nX11Forwarding no	-
	TrustedUserCAKeys /etc/ssh/ca.pub	warning a certificate by a key of /etc/ssh/ca.pub
	ChrootDirectory /srv	warning below ChrootDirectory /srv
	AuthorizedKeysCommand /none/keys\nAuthorizedKeysCommandUser nobody	error that is missing&&advice which doctor does not ask
	AllowUsers somebody	error AllowUsers leaves out
	AllowUsers some* @WHO@@127.0.0.1	-
	DenyUsers @WHO@	warning DenyUsers names
	Match User @WHO@ LocalPort 22\nForceCommand internal-sftp	error ForceCommand internal-sftp
	Match User someone\nForceCommand internal-sftp	-
	Match Address 203.0.113.9\nForceCommand internal-sftp	-
	NoSuchSetting yes	warning what sshd does cannot be known
	END
}

# The best that can be said, after what is to be tried: the first wins.
strict_config()
{
	cat <<-END
	DisableForwarding yes
	PermitUserRC no
	PermitTTY no
	UsePAM no
	PasswordAuthentication no
	KbdInteractiveAuthentication no
	HostKey $WORK/host_key
	AuthorizedKeysFile $WORK/%u/ssh/authorized_keys
	END
}

# A Match ends what is for all, and sftp is known once.
settings_write_row()
{
	printf '%b\n' "$1" | sed "s|@WHO@|$WHO|; s|^-$||" >"$WORK/tried"
	case $1 in
	Match*)
		strict_config
		echo 'Subsystem sftp internal-sftp'
		cat "$WORK/tried"
		;;
	*)
		cat "$WORK/tried"
		strict_config
		grep -q '^Subsystem' "$WORK/tried" ||
		    echo 'Subsystem sftp internal-sftp'
		;;
	esac >"$WORK/sshd_config"
}

settings_row()
{
	settings_write_row "$1"
	doctor
	sed -n "s|^$WORK/sshd_config: ||p" "$WORK/out" >"$WORK/found"
	cat "$WORK/found"
	printf '%s\n' "$2" | sed 's/&&/\n/g' >"$WORK/wanted"
	while read -r severity text; do
		[ "$severity" = - ] || grep "^$severity: " "$WORK/found" |
		    grep -qF -- "$text" || {
			echo "missing: $severity $text"
			return 1
		}
	done <"$WORK/wanted"
	[ "$(wc -l <"$WORK/found")" -eq "$(grep -vc '^-$' "$WORK/wanted")" ]
}

settings_all()
{
	rm "$D/keys/term.ini"
	settings_rows >"$WORK/rows"
	DOCTOR=gatekeeperctl
	while IFS="$TAB" read -r setting wanted; do
		try "doctor/sshd: $setting" settings_row "$setting" "$wanted"
	done <"$WORK/rows"
	DOCTOR=san/gatekeeperctl
	doctor_policies
}

# Where --from and the policy say that clients come from.
settings_match()
{
	settings_write_row 'Match Address 203.0.113.9\nForceCommand /bin/true'
	doctor --from 203.0.113.9
	grep -q 'ForceCommand /bin/true runs' "$WORK/out" || return 1
	printf '[key]\naccount = %s\nfrom = 203.0.113.9/32\n' "$WHO" \
	    >"$D/keys/k.ini"
	rm "$D/keys/term.ini"
	doctor
	doctor_policies
	grep -q 'ForceCommand /bin/true runs' "$WORK/out"
}

# A terminal is advised against where no rule wants one.
settings_terminal()
{
	settings_write_row 'PermitTTY yes'
	doctor
	! grep -q PermitTTY "$WORK/out" || return 1
	rm "$D/keys/term.ini"
	doctor
	doctor_policies
	grep -q 'advice: .*write PermitTTY no' "$WORK/out"
}

# Keys lie where sshd says.
settings_key_files()
{
	for name in "$WORK/%u/%U" "$WORK/$WHO/%%u"; do
		settings_write_row "AuthorizedKeysFile $name"
		file=$(echo "$name" | sed "s|%%|%|; s|/%u/|/$WHO/|; s|%U|$(id -u "$WHO")|")
		cp "$WORK/k.pub" "$file"
		doctor
		cat "$WORK/out"
		grep -qF "$file:1: warning: whoever has this key" \
		    "$WORK/out" || return 1
		rm "$file"
	done
}

# --- the kernel -------------------------------------------------------------

doctor_kernel()
{
	explain_fill
	settings_write_row -
	doctor
	cat "$WORK/out"
	abi=$(ctl explain e "push example.net" 2>&1 |
	    sed -n 's/.*landlock\([0-9]*\).*/\1/p')
	! grep -q '^kernel: error' "$WORK/out" &&
	    grep -q "^landlock: ABI ${abi:-0}\\(:.*\\)*\$" "$WORK/out" &&
	    grep -q '^seccomp-listener: yes' "$WORK/out"
}

# Under an older kernel, and one that keeps its listener to itself.
doctor_kernel_old()
{
	strace -f -o /dev/null -e inject=landlock_create_ruleset:error=ENOSYS \
	    "$BUILT/gatekeeperctl" -d "$D" doctor "$WHO" >"$WORK/out" 2>&1
	[ $? -eq 2 ] && grep -q '^landlock: ABI 0$' "$WORK/out" &&
	    grep -q '^kernel: error: there is no Landlock' "$WORK/out"
}

# An allowing filter with a listener, which stays open.
doctor_kernel_busy()
{
	case $(uname -m) in
	x86_64) calls='157 317' ;;
	aarch64) calls='167 277' ;;
	*) return 0 ;;
	esac
	# shellcheck disable=SC2016,SC2086 # perl's own; two words
	perl -e '
	    my ($prctl, $seccomp, @command) = @ARGV;
	    my $allow = pack("SCCL", 6, 0, 0, 0x7fff0000);
	    my $program = pack("Sx6P", 1, $allow);
	    syscall($prctl, 38, 1, 0, 0, 0) == 0 or die "prctl $!";
	    my $fd = syscall($seccomp, 1, 8, $program);
	    $fd >= 0 or die "seccomp $!";
	    open(my $kept, "<&=", $fd) or die "open $!";
	    fcntl($kept, 2, 0);
	    exec @command' $calls "$BUILT/gatekeeperctl" -d "$D" doctor \
	    "$WHO" >"$WORK/out" 2>&1
	status=$?
	cat "$WORK/out"
	[ "$status" -eq 2 ] && grep -q '^kernel: error: .*EBUSY' "$WORK/out"
}

# --- accounts ---------------------------------------------------------------

# passwd_set FIELD VALUE; as root, in the room's own /etc.
passwd_set()
{
	awk -F: -v OFS=: -v who="$WHO" -v field="$1" -v value="$2" \
	    '$1 == who { $field = value } { print }' /etc/passwd \
	    >"$WORK/passwd"
	cat "$WORK/passwd" >/etc/passwd
}

shadow_set()
{
	awk -F: -v OFS=: -v who="$WHO" -v field="$1" -v value="$2" \
	    '$1 == who { $field = value } { print }' /etc/shadow \
	    >"$WORK/shadow"
	cat "$WORK/shadow" >/etc/shadow
}

# accounts_say PATTERN...: each is found.
accounts_say()
{
	doctor
	grep '^/etc/passwd' "$WORK/out"
	for pattern; do
		grep '^/etc/passwd: ' "$WORK/out" | grep -q -- "$pattern" || {
			echo "missing: $pattern"
			return 1
		}
	done
	[ $# -gt 0 ] || ! grep -q '^/etc/passwd: ' "$WORK/out"
}

account_shells()
{
	accounts_say || return 1
	passwd_set 7 /usr/sbin/nologin
	accounts_say 'error: .*runs no forced command: usermod -s /bin/sh' ||
	    return 1
	passwd_set 7 /bin/bash
	accounts_say "warning: .*reads /run/$WHO/.bashrc before .*can write" ||
	    return 1
	chown root "/run/$WHO"
	accounts_say 'advice: .*reads .*/.bashrc before' || return 1
	: >"/run/$WHO/.bashrc"
	chown "$WHO" "/run/$WHO/.bashrc"
	accounts_say 'warning: .*can write it' || return 1
	passwd_set 7 /none/zsh
	accounts_say 'advice: .*/.zshenv' 'error: .*No such file' || return 1
	passwd_set 7 /bin/cat
	accounts_say 'advice: nobody here knows\|advice: .*nobody here knows' ||
	    return 1
	rm "/run/$WHO/.bashrc"
	chown "$WHO" "/run/$WHO"
	passwd_set 7 "$WORK/gatekeeper"
	accounts_say
	status=$?
	passwd_set 7 /bin/sh
	return "$status"
}

# A static program does not mind what the loader is told.
account_static()
{
	passwd_set 7 "$WORK/gatekeeper"
	settings_row 'AcceptEnv *' 'advice AcceptEnv * lets clients'
	status=$?
	passwd_set 7 /bin/sh
	settings_write_row -
	return "$status"
}

account_passwords()
{
	shadow_set 2 '!'
	settings_write_row 'UsePAM no'
	accounts_say "error: .*usermod -p '\*' $WHO" || return 1
	settings_write_row 'UsePAM yes'
	accounts_say || return 1
	shadow_set 2 YmFk
	settings_write_row 'PasswordAuthentication yes'
	accounts_say 'warning: .*has a password' || return 1
	settings_write_row -
	accounts_say || return 1
	shadow_set 2 '*'
	shadow_set 8 1
	accounts_say 'error: .*has expired'
	status=$?
	shadow_set 8 ''
	return "$status"
}

account_group()
{
	echo "other:x:61235:$GUEST_ID::/nonexistent:/bin/sh" >>/etc/passwd
	accounts_say 'warning: .*shares its group with other'
	status=$?
	sed -i '/^other:/d' /etc/passwd
	accounts_say && [ "$status" -eq 0 ] || return 1
	sed -i "s/^\($GUEST:.*:\)[^:]*\$/\1$GUEST,nobody/" /etc/group
	accounts_say 'warning: .*shares its group with nobody'
	status=$?
	sed -i "s/^\($GUEST:.*:\)[^:]*\$/\1/" /etc/group
	return "$status"
}

account_root()
{
	sed "s/^account .*/account = root/" "$D/keys/k.ini" \
	    >"$D/keys/roots.ini"
	"$BUILT/san/gatekeeperctl" -d "$D" doctor --sshd-config \
	    "$WORK/sshd_config" >"$WORK/out" 2>&1
	rm "$D/keys/roots.ini"
	grep -q '^/etc/passwd: warning: root is root' "$WORK/out"
}

account_set_id()
{
	cp "$WORK/bin/probe" "$WORK/bin/set-id"
	chmod 4755 "$WORK/bin/set-id"
	printf '[key]\naccount = %s\n[allow s]\ncommand = %s\n' "$WHO" \
	    "$WORK/bin/set-id" >"$D/keys/s.ini"
	doctor
	grep -F "$D/keys/s.ini:4: warning: $WORK/bin/set-id is set-user-ID" \
	    "$WORK/out" || return 1
	echo 'sandbox = none' >>"$D/keys/s.ini"
	doctor
	rm "$D/keys/s.ini"
	! grep 'is set-user-ID' "$WORK/out"
}

# Who can add keys; and what makes sshd ignore the file.
account_owners()
{
	keys=$WORK/$WHO/ssh/authorized_keys
	doctor
	! grep "^$keys: " "$WORK/out" || return 1
	chown "$WHO" "$WORK/$WHO/ssh"
	doctor
	grep "^$keys: warning: $WORK/$WHO/ssh belongs to $WHO" "$WORK/out" ||
	    return 1
	chown "$WHO" "$keys"
	doctor
	grep "^$keys: warning: $keys belongs to $WHO" "$WORK/out" || return 1
	chown root "$keys" "$WORK/$WHO/ssh"
	chmod 664 "$keys"
	doctor
	grep "^$keys: error: .*chmod go-w $keys" "$WORK/out" || return 1
	chmod 600 "$keys"
	doctor
	grep "^$keys: error: $WHO cannot read it" "$WORK/out"
	status=$?
	chmod 644 "$keys"
	return "$status"
}

# --- sinks ------------------------------------------------------------------

# Nothing is left to say once all of it is done.
doctor_clean()
{
	rm -f "$D/keys/nobodys.ini" "$D/keys/broken.ini" "$D/keys/term.ini"
	settings_write_row -
	good_line
	doctor
	grep -q ': warning: state folder: missing: gatekeeperctl prepare' \
	    "$WORK/out" &&
	    grep -q "^$D/log/$WHO.json: advice: nothing rotates" \
		"$WORK/out" || return 1
	"$BUILT/san/gatekeeperctl" -d "$D" prepare "$WHO" || return 1
	printf '"%s"\n{\n\trotate 4\n}\n' "$D/log/*.json" \
	    >/etc/logrotate.d/gatekeeper-test
	mkdir -p /etc/tmpfiles.d
	printf 'd %s\nd %s\n' "$D/state" "$D/transcripts" \
	    >/etc/tmpfiles.d/gatekeeper-test.conf
	doctor
	cat "$WORK/out"
	! grep ': \(advice\|warning\|error\): ' "$WORK/out" &&
	    [ "$examined" -eq 0 ]
}

doctor_record_file()
{
	"$BUILT/san/gatekeeperctl" -d "$D" prepare "$WHO" || return 1
	chattr -a "$D/log/$WHO.json" 2>/dev/null
	chmod 600 "$D/log/$WHO.json"
	doctor
	cat "$WORK/out"
	grep -q "^$D/log/$WHO.json: warning: .*mode 0660, which is 0600" \
	    "$WORK/out" &&
	    grep -q "^$D/log/$WHO.json: error: $WHO cannot add records" \
		"$WORK/out" || return 1
	rm "$D/log/$WHO.json"
	ln -s /etc/passwd "$D/log/$WHO.json"
	doctor
	rm "$D/log/$WHO.json"
	grep -q "^$D/log/$WHO.json: error: .*symbolic link" "$WORK/out"
}

doctor_space()
{
	mkdir -p "$D/log"
	mount -t tmpfs -o size=1m,mode=755 tmpfs "$D/log" || return 1
	"$BUILT/san/gatekeeperctl" -d "$D" prepare "$WHO"
	doctor
	umount "$D/log"
	grep "^$D/log/$WHO.json: warning: [01] MiB" "$WORK/out"
}

# What is sent to /dev/log comes out of --log, or does not.
doctor_syslog()
{
	echo '[audit]' >"$D/gatekeeper.ini"
	mkdir -p "$WORK/doctor-dev"
	cp -a /dev/null /dev/zero /dev/full /dev/urandom /dev/random \
	    "$WORK/doctor-dev/"
	: >"$WORK/messages"
	# shellcheck disable=SC2016 # perl's own
	perl -MSocket -e '
	    socket(S, PF_UNIX, SOCK_DGRAM, 0) or die;
	    bind(S, sockaddr_un($ARGV[0])) or die;
	    open(F, ">", $ARGV[1]) or die;
	    while (defined(recv(S, $m, 65536, 0))) { syswrite(F, "$m\n"); }' \
	    "$WORK/doctor-dev/log" "$WORK/messages" &
	DAEMON=$!
	wait_for 5 test -S "$WORK/doctor-dev/log"
	mount --bind "$WORK/doctor-dev" /dev
	doctor --log "$WORK/messages"
	cp "$WORK/out" "$WORK/found"
	doctor --log "$WORK/none"
	umount /dev
	kill "$DAEMON"
	cat "$WORK/found" "$WORK/messages"
	grep -q "^syslog: a message .*$WORK/messages" "$WORK/found" &&
	    grep -q '^syslog: warning: .*came out nowhere' "$WORK/out" &&
	    grep -qE '^<86>[A-Z].* gatekeeper\[[0-9]+\]: test nonce=[0-9a-f]{32} ' \
		"$WORK/messages" &&
	    [ "$(wc -l <"$WORK/messages")" -eq 2 ]
}

doctor_no_syslog()
{
	echo '[audit]' >"$D/gatekeeper.ini"
	doctor
	grep -q '^syslog: error: .*syslog = no' "$WORK/out"
}

# --- the command line -------------------------------------------------------

doctor_json()
{
	printf 'restrict,\033[31m %s\n' "$(cat "$WORK/k.pub")" \
	    >"$WORK/$WHO/ssh/authorized_keys"
	doctor --json
	good_line
	! LC_ALL=C grep -q '[^ -~]' "$WORK/out" && jq -e '
	    (.facts | map(.name) | index("kernel") != null) and
	    (.findings[] | select(.line == 1 and .severity == "warning" and
		(.file | endswith("authorized_keys")) and
		(.message | contains("no option \u001b[31m"))))' "$WORK/out"
}

doctor_nobody()
{
	"$BUILT/san/gatekeeperctl" -d "$D" doctor no-such-account \
	    >"$WORK/out" 2>&1
	[ $? -eq 2 ] && grep -q 'no account no-such-account' "$WORK/out"
}

# A FIFO, a folder and a gigantic file in place of keys are not waited for.
doctor_hostile()
{
	keys=$WORK/$WHO/ssh/authorized_keys
	rm "$keys"
	mkfifo "$keys"
	timeout 20 "$BUILT/san/gatekeeperctl" -d "$D" doctor --sshd-config \
	    "$WORK/sshd_config" "$WHO" >"$WORK/out" 2>&1
	[ $? -ne 124 ] && grep -q "^$keys: error: .*cannot read" "$WORK/out" ||
	    return 1
	rm "$keys"
	yes "$(cat "$WORK/k.pub")" | head -n 20000 >"$keys"
	timeout 60 "$BUILT/gatekeeperctl" -d "$D" doctor --sshd-config \
	    "$WORK/sshd_config" "$WHO" >"$WORK/out" 2>&1
	[ $? -ne 124 ] && grep -q "^$keys:20000: advice: " "$WORK/out"
	status=$?
	[ "$status" -eq 0 ] && doctor_garbage
	status=$?
	good_line
	return "$status"
}

# Bytes of no meaning, and lines cut out of a good one.
doctor_garbage()
{
	keys=$WORK/$WHO/ssh/authorized_keys
	good_line
	line=$(cat "$keys")
	{
		head -c 200000 /dev/urandom
		echo
		while [ -n "$line" ]; do
			printf '%s\n' "$line"
			line=${line%?}
		done
	} >"$keys"
	doctor
	[ "$examined" -le 2 ] && grep -q "^$keys:[0-9]*: warning: " "$WORK/out" &&
	    ! LC_ALL=C grep -q "$(printf '[\001-\011\013-\037\177]')" \
		"$WORK/out"
}

doctor_as_root()
{
	settings_write_row -
	for test in shells static passwords group root set_id owners; do
		try "doctor/account-$test" "account_$test"
	done
	for test in clean record_file space syslog; do
		try "doctor/$test" "doctor_$test"
	done
}

doctor_tests()
{
	if is_root && [ -n "$ROOM_WHY" ]; then
		skip "ctl/doctor # needs a private room for root"
		return
	fi
	doctor_fill
	authorized_rows
	try authorized/fingerprints authorized_fingerprints
	settings_all
	for test in match terminal key_files; do
		try "doctor/settings-$test" "settings_$test"
	done
	for test in kernel kernel_old kernel_busy json nobody hostile; do
		try "doctor/$test" "doctor_$test"
	done
	if is_root; then
		doctor_as_root
	else
		skip "ctl/doctor-as-root # needs an account beside root"
	fi
	if [ -S /dev/log ]; then
		skip "ctl/doctor-no-syslog # this machine has a /dev/log"
	else
		try doctor/no-syslog doctor_no_syslog
	fi
	kill "$DAEMON" 2>/dev/null
	rm -rf "$D" 2>/dev/null || { chattr -R -a "$D"; rm -rf "$D"; }
}
