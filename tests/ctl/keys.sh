# shellcheck shell=sh
# tests/ctl/keys.sh: gatekeeperctl key-line and authorized-keys, in a policy
# folder of their own. Read by tests/ctl/run. Lines are installed for an
# account whose home is nobody else's.

K=              # the policy folder
HOLDER=         # the account, and where sshd reads its keys
SSH=
KEYS=

# pair NAME: a key pair in $WORK/pairs.
pair()
{
	[ -e "$WORK/pairs/$1" ] || ssh-keygen -q -t ed25519 -N '' -C "root@$1" \
	    -f "$WORK/pairs/$1"
}

public()
{
	cat "$WORK/pairs/$1.pub"
}

print_of()
{
	ssh-keygen -lf "$WORK/pairs/$1.pub" | cut -d' ' -f2
}

# policy NAME LINE...: its [key]; a rule follows.
policy()
{
	of=$1
	shift
	printf '%s\n' '[key]' "$@" '[allow a]' "command = $WORK/bin/probe" \
	    >"$K/keys/$of.ini"
}

keys_fill()
{
	K=$WORK/keys
	HOLDER=$(id -un)
	! is_root || HOLDER=$GUEST
	SSH=${GK_THROW_AWAY_HOME:-/run/$GUEST}/.ssh
	KEYS=$SSH/authorized_keys
	[ ! -d "$K" ] || rm -r "$K"
	mkdir -p "$K/keys" "$WORK/pairs"
	printf '[audit]\nsyslog = no\nfile = %s/log\n' "$K" \
	    >"$K/gatekeeper.ini"
	for pair in a b c; do
		pair $pair
	done
	policy k "account = $HOLDER" "public-key = $(public a)"
	LINE="restrict,command=\"/usr/lib/gatekeeper -d $K k $(print_of a)\" $(public a)"
}

# asks STATUS VERB OPERAND...: in the folder of the pairs.
asks()
{
	wanted=$1
	shift
	(cd "$WORK/pairs" && "$BUILT/san/gatekeeperctl" -d "$K" "$@") \
	    >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	cat "$WORK/out" "$WORK/err"
	[ "$status" -eq "$wanted" ] || {
		echo "status $status, not $wanted"
		return 1
	}
}

# prints LINE...: these, and nothing else.
prints()
{
	{
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} | diff - "$WORK/out"
}

# complains TEXT: on standard error.
complains()
{
	grep -qF -- "$1" "$WORK/err" || {
		echo "it should complain: $1"
		return 1
	}
}

# --- the line ----------------------------------------------------------------

line_plain()
{
	asks 0 key-line k && prints "$LINE" && [ ! -s "$WORK/err" ]
}

line_operands()
{
	end="/usr/lib/gatekeeper -d $K k $(print_of b)\" $(public b)"
	for operand in b.pub ./b.pub "$(public b)"; do
		asks 0 key-line k "$operand" &&
		    prints "restrict,command=\"$end" || return 1
	done
	asks 0 key-line --program /opt/gatekeeper k "$(public b | cut -d' ' -f1,2)" &&
	    prints "restrict,command=\"/opt/gatekeeper -d $K k $(print_of b)\" $(public b | cut -d' ' -f1,2) k"
}

# What sshd can hold as well: every form of `from`, and the end.
line_conditions()
{
	policy k "public-key = $(public a)" 'not-after = 2035-01-30' \
	    'from = 192.0.2.0/24 2001:db8::/32 ::ffff:198.51.100.7 ::ffff:203.0.113.0/120 0.0.0.0/0 2001:db8::1'
	asks 0 key-line k && tells 'restrict,from="192.0.2.0/24,2001:db8::/32,198.51.100.7,203.0.113.0/24,0.0.0.0/0,2001:db8::1",expiry-time="203501310000",command=' ||
	    return 1
	# sshd knows addresses of a local link with their zones only.
	for from in fe80::1 fe80::/64 ::/0 fea0::/16; do
		policy k "public-key = $(public a)" "from = $from"
		asks 0 key-line k &&
		    tells "from=\"$from,fe??:*%*\"," || return 1
	done
	policy k "public-key = $(public a)" 'not-after = 2035-01-30 12:30:15'
	asks 0 key-line k && tells 'restrict,expiry-time="20350130123015",'
}

# Summer time: sshd takes each clock time for one without it.
line_summer()
{
	policy k "public-key = $(public a)" 'not-after = 2035-06-30'
	mount --bind /usr/share/zoneinfo/Europe/Berlin /etc/localtime || return 1
	asks 0 key-line k
	outcome=$?
	umount /etc/localtime
	[ $outcome -eq 0 ] && tells 'expiry-time="203506302300",'
}

line_terminal()
{
	policy k "public-key = $(public a)"
	echo 'terminal = yes' >>"$K/keys/k.ini"
	asks 0 key-line k && tells "restrict,pty,command="
}

line_files()
{
	ssh-keygen -q -t rsa -b 3072 -N '' -C 'long key' -f "$WORK/pairs/rsa"
	{
		echo '# a comment'
		public rsa
		echo
		public b
	} >"$K/keys/k.pub"
	policy k 'public-key-file = k.pub' "public-key = $(public a)"
	asks 0 key-line k && [ "$(wc -l <"$WORK/out")" -eq 3 ] &&
	    tells "$(print_of rsa)\" $(public rsa)" &&
	    tells "$(print_of a)\" $(public a)" &&
	    tells "$(print_of b)\" $(public b)"
}

# Without -d, the line has none: and the folder is the one that is built in.
line_default()
{
	mkdir -p /etc/gatekeeper/keys
	cp "$K/keys/k.ini" /etc/gatekeeper/keys/gk-test.ini
	for option in '' '-d /etc/gatekeeper'; do
		# shellcheck disable=SC2086 # two words, or none
		"$BUILT/san/gatekeeperctl" $option key-line gk-test \
		    >"$WORK/out" &&
		    tells "command=\"/usr/lib/gatekeeper gk-test SHA256:" ||
		    return 1
	done
	rm /etc/gatekeeper/keys/gk-test.ini
}

# blob TYPE BYTES...: a public key with those strings in it, each of a length.
blob()
{
	type=$1
	shift
	{
		printf '\0\0\0'
		# shellcheck disable=SC2059 # an octal number
		printf "\\$(printf %o ${#type})%s" "$type"
		for size; do
			# shellcheck disable=SC2059
			printf "\\0\\0\\0\\$(printf %o "$size")"
			head -c "$size" /dev/zero | tr '\0' '\177'
		done
	} | base64 -w 0
}

# no_line TEXT OPERAND...: what a line could not be made of.
no_line()
{
	text=$1
	shift
	asks 2 key-line k "$@" && prints && complains "$text"
}

line_refusals()
{
	{
		public a
		public b
	} >"$WORK/pairs/two"
	mkfifo "$WORK/pairs/pipe"
	: >"$WORK/pairs/empty"
	ssh-keygen -q -s "$WORK/pairs/c" -I id -n me "$WORK/pairs/b.pub"
	no_line 'give the .pub file' a && no_line 'more than one' two &&
	    no_line 'No such file' none && no_line 'no public key' empty &&
	    no_line 'not a file' pipe && no_line 'not a file' . &&
	    no_line 'options do not stand' "restrict $(public b)" &&
	    no_line 'a certificate' b-cert.pub &&
	    no_line 'cut or damaged' 'ssh-ed25519 AAAA' &&
	    no_line 'control byte' "$(public b) $(printf 'a\033[31m')" &&
	    no_line 'damaged' "$(public b | cut -c1-79)=" || return 1
	no_line 'DSA' "ssh-dss $(blob ssh-dss 1 1 1 1)" &&
	    no_line 'no RSA key of 519 bits' "ssh-rsa $(blob ssh-rsa 3 65)" &&
	    asks 2 key-line --program gatekeeper k &&
	    complains 'write an absolute path' &&
	    asks 2 key-line --program '/x;y' k &&
	    complains 'write an absolute path' || return 1
	policy k
	no_line 'no public-key'
	policy k "public-key = $(public a)" 'public-key-file = none.pub'
	no_line 'none.pub: No such file' || return 1
	policy k "public-key = ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=="
	no_line 'keys/k.ini:2: '
}

# A weak key has its line, and a warning.
line_weak()
{
	echo "ssh-rsa $(blob ssh-rsa 3 129)" >"$WORK/pairs/weak"
	asks 0 key-line k weak && tells " ssh-rsa AAAA" &&
	    complains 'weak:1: an RSA key of less than 2048 bits'
}

# By which the records name them.
line_listed()
{
	policy k "public-key = $(public a)" "public-key = $(public b)"
	asks 0 list k && [ "$(head -n 3 "$WORK/out")" = "k
- is for $(print_of a) root@a
- is for $(print_of b) root@b" ]
}

# A comment reaches terminals and files: no more of it than can be read.
line_hostile()
{
	asks 0 key-line k "$(public b | cut -d' ' -f1,2) $(printf '\302\233\377x')" &&
	    tells ' \xc2\x9b\xffx' &&
	    ! LC_ALL=C grep -q '[^ -~]' "$WORK/out"
}

# --- installed ---------------------------------------------------------------

# ssh_fill [LINE...]: the account's folder, and a file with these lines.
ssh_fill()
{
	rm -rf "$SSH"
	mkdir -m 755 "$SSH"
	[ $# -eq 0 ] || printf '%s\n' "$@" >"$KEYS"
}

installs()
{
	asks "$1" key-line --install "$HOLDER" k
}

# A new file is root's, or the account's alone when it makes its own.
install_new()
{
	rm -rf "$SSH"
	installs 0 && tells "$KEYS: added" &&
	    [ "$(cat "$KEYS")" = "$LINE" ] || return 1
	modes="700 $HOLDER 600 $HOLDER"
	! is_root || modes='755 root 644 root'
	[ "$(stat -c '%a %U' "$SSH" "$KEYS" | tr '\n' ' ')" = "$modes " ] &&
	    ssh_alone
}

# Nothing but the file is in the folder.
ssh_alone()
{
	ls -A "$SSH"
	[ "$(ls -A "$SSH")" = authorized_keys ]
}

install_once()
{
	ssh_fill "$LINE"
	before=$(stat -c '%i %Z' "$KEYS")
	installs 0 && tells "$KEYS:1: stands there already" &&
	    [ "$(stat -c '%i %Z' "$KEYS")" = "$before" ]
}

# Every other byte, whatever it is; owner and mode too.
install_bytes()
{
	ssh_fill
	printf '# a\r\n\n\377 ssh-rsa \0 b\n\t \nssh-ed25519 AAAA x\nlast' >"$KEYS"
	cp "$KEYS" "$WORK/before"
	chmod 0640 "$KEYS"
	owner=$(id -u)
	if is_root; then
		owner=$GUEST_ID
		chown "$owner:$owner" "$KEYS"
	fi
	installs 0 || return 1
	{
		cat "$WORK/before"
		printf '\n%s\n' "$LINE"
	} | cmp - "$KEYS" && ssh_alone &&
	    [ "$(stat -c '%a %u' "$KEYS")" = "640 $owner" ]
}

# The policy has changed: the line does, where it stands, and no other.
install_replaces()
{
	old="restrict,from=\"192.0.2.1\",command=\"/usr/lib/gatekeeper -d $K k\" $(public a)"
	ssh_fill "ssh-ed25519 $(public b | cut -d' ' -f2)" "$old"
	printf '# last' >>"$KEYS"
	installs 0 && tells "$KEYS:2: replaced" || return 1
	printf '%s\n%s\n# last' "ssh-ed25519 $(public b | cut -d' ' -f2)" \
	    "$LINE" | cmp - "$KEYS"
}

# Two keys at once: one stands there, one is new.
install_two()
{
	ssh_fill "$LINE" '# end'
	policy k "account = $HOLDER" "public-key = $(public a)" \
	    "public-key = $(public b)" "public-key = $(public a)"
	installs 0 && tells "$KEYS:1: stands" && tells "$KEYS: added" &&
	    [ "$(wc -l <"$KEYS")" -eq 3 ] && [ "$(head -n 1 "$KEYS")" = "$LINE" ]
}

# stays TEXT: it refuses so, and the folder is as it was.
stays()
{
	find "$SSH/" -printf '%p %i %C@ %m %s\n' | sort >"$WORK/before"
	installs 2 && prints && complains "$1" || return 1
	find "$SSH/" -printf '%p %i %C@ %m %s\n' | sort | diff "$WORK/before" - |
	    grep -v '\.ssh/ ' | grep '^[<>]'
	[ $? -eq 1 ]
}

# A line for the key that undoes what ours does.
install_other_ways()
{
	for line in "$(public a)" "restrict $(public a)" \
	    "command=\"/bin/sh\" $(public a)" \
	    "command=\"/tmp/gatekeeper -d $K k\" $(public a)" \
	    "command=\"/usr/lib/gatekeeper -d $K k; sh\" $(public a)" \
	    "command=\"/usr/lib/gatekeeper -d $K other\" $(public a)" \
	    "command=\"/usr/lib/gatekeeper k\" $(public a)"; do
		ssh_fill '# first' "$line"
		stays "$KEYS:2: the key stands there without gatekeeper" ||
		    return 1
		ssh_fill '# first'
		printf '#\n\n%s' "$line" >"${KEYS}2"
		stays "${KEYS}2:3: the key stands there without" || return 1
	done
}

install_doubtful()
{
	ssh_fill "$LINE" "$LINE"
	stays "$KEYS:2: the key stands here, and in line 1" || return 1
	ssh_fill "cert-authority $(public a)"
	stays "$KEYS:1: the key certifies others" || return 1
	ssh_fill "restrict, command=\"x\" $(public a)"
	stays "$KEYS:1: the key stands on a line that sshd does not" || return 1
	ssh_fill
	echo "$LINE" >"${KEYS}2"
	stays "${KEYS}2:1: the key stands in this file already" || return 1
	asks 0 key-line --install "$HOLDER" --file "${KEYS}2" k &&
	    tells "${KEYS}2:1: stands"
}

# Nobody is led to a file that is not the account's.
install_links()
{
	echo secret >"$WORK/secret"
	ssh_fill
	ln -s "$WORK/secret" "$KEYS"
	stays "$KEYS is a symbolic link" || return 1
	ssh_fill
	ln "$WORK/secret" "$KEYS"
	stays "$KEYS has a second name" || return 1
	ssh_fill
	mkfifo "$KEYS"
	stays "$KEYS is not a file" || return 1
	ssh_fill
	ln -s "$WORK/secret" "${KEYS}2"
	stays "${KEYS}2 is a symbolic link" || return 1
	rm -rf "$SSH" "$WORK/there"
	mkdir "$WORK/there"
	ln -s "$WORK/there" "$SSH"
	! is_root || chown -h "$GUEST_ID" "$SSH"
	installs 2 && complains 'a symbolic link' &&
	    [ -z "$(ls -A "$WORK/there")" ] && [ "$(cat "$WORK/secret")" = secret ]
}

install_open()
{
	ssh_fill '# open'
	chmod 666 "$KEYS"
	stays "others can write $KEYS: chmod go-w $KEYS" || return 1
	ssh_fill '# open'
	chmod 775 "$SSH"
	stays "others can write $SSH" || return 1
	! is_root || install_strangers
}

install_strangers()
{
	ssh_fill '# of another'
	chown 61235 "$KEYS"
	stays "$KEYS belongs to neither root nor $HOLDER" || return 1
	ssh_fill '# of another'
	chown 61235 "$SSH"
	stays "$SSH belongs to neither root nor $HOLDER"
}

# What has the name of our new file is of somebody who was killed.
install_leftover()
{
	ssh_fill '# first'
	echo half >"$SSH/.authorized_keys.gatekeeper"
	installs 0 && ssh_alone && [ "$(wc -l <"$KEYS")" -eq 2 ]
}

# A file that cannot be written whole stays whole.
install_too_large()
{
	ssh_fill '# first'
	yes '# filling' | head -n 500 >>"$KEYS"
	cp "$KEYS" "$WORK/before"
	(
		trap '' XFSZ
		ulimit -f 4
		"$BUILT/gatekeeperctl" -d "$K" key-line --install "$HOLDER" k
	) >"$WORK/out" 2>"$WORK/err"
	[ $? -eq 2 ] && complains "$KEYS: File too large" &&
	    cmp "$WORK/before" "$KEYS" && ssh_alone
}

install_full_disk()
{
	ssh_fill
	mount -t tmpfs -o size=64k,mode=755 tmpfs "$SSH"
	yes '# filling' | head -n 4000 >"$KEYS"
	cp "$KEYS" "$WORK/before"
	installs 2 && complains "$KEYS: No space left on device" &&
	    cmp "$WORK/before" "$KEYS" && ssh_alone
	outcome=$?
	mount -o remount,ro "$SSH"
	installs 2 && complains 'Read-only file system' || outcome=1
	cmp "$WORK/before" "$KEYS" || outcome=1
	umount "$SSH"
	return $outcome
}

install_unwritable()
{
	ssh_fill '# first'
	chmod 500 "$SSH"
	stays "$KEYS: Permission denied"
	outcome=$?
	chmod 700 "$SSH"
	return $outcome
}

# However many at once, none is lost, and the folder may be missing.
install_many()
{
	rm -rf "$SSH"
	jobs=
	for nth in 1 2 3 4 5 6 7 8; do
		pair "many$nth"
		policy "m$nth" "account = $HOLDER" \
		    "public-key = $(public "many$nth")"
		"$BUILT/gatekeeperctl" -d "$K" key-line --install "$HOLDER" \
		    "m$nth" >"$WORK/many.$nth" 2>&1 &
		jobs="$jobs $!"
	done
	for job in $jobs; do
		wait "$job"
	done
	cat "$WORK"/many.*
	for nth in 1 2 3 4 5 6 7 8; do
		[ "$(grep -cF "$(public "many$nth")" "$KEYS")" -eq 1 ] ||
		    return 1
	done
	[ "$(wc -l <"$KEYS")" -eq 8 ] && ssh_alone
}

# Somebody else has the lock, for half a second.
install_waits()
{
	ssh_fill '# first'
	mkfifo "$WORK/locked"
	flock "$SSH" sh -c ": >'$WORK/locked'; sleep 0.5; : >'$WORK/released'" &
	: <"$WORK/locked"
	installs 0 && [ -e "$WORK/released" ]
}

# Only an account that the policy serves, and that exists.
install_accounts()
{
	ssh_fill '# first'
	policy k "public-key = $(public a)"
	stays "account does not name $HOLDER: write account = $HOLDER" ||
	    return 1
	policy k 'account = nobody-here' "public-key = $(public a)"
	stays "keys/k.ini: account does not name $HOLDER" || return 1
	asks 2 key-line --install nobody-here k &&
	    complains 'no account nobody-here in /etc/passwd' || return 1
	policy k "account = $HOLDER"
	stays 'no public-key' || return 1
	asks 2 key-line --install "$HOLDER" --file "$WORK/nowhere/keys" k b.pub &&
	    complains "$WORK/nowhere: there is no such folder"
}

# An account that changes the file all the time, between one of its own and a
# link to somebody else's: what that holds is neither changed nor copied.
install_race()
{
	ssh_fill
	echo secret >"$WORK/secret"
	before=$(stat -c '%i %Z' "$WORK/secret")
	(
		while [ ! -e "$WORK/raced" ]; do
			ln -sf "$WORK/secret" "$KEYS"
			echo '# own' >"$SSH/own"
			mv "$SSH/own" "$KEYS"
		done
	) 2>/dev/null &
	racer=$!
	i=0
	while [ $i -lt 40 ]; do
		i=$((i + 1))
		"$BUILT/gatekeeperctl" -d "$K" key-line \
		    --install "$HOLDER" k || :
	done >"$WORK/out" 2>&1
	: >"$WORK/raced"
	wait $racer
	sort "$WORK/out" | uniq -c
	[ "$(cat "$WORK/secret")" = secret ] &&
	    [ "$(stat -c '%i %Z' "$WORK/secret")" = "$before" ] &&
	    ! grep -rq secret "$SSH"
}

# --- for sshd ----------------------------------------------------------------

# offers LINE...: for the account, whatever else is told.
offers()
{
	asks 0 authorized-keys "$HOLDER" && prints "$@"
}

# offers_key NAME LINE...: the same for one key, by its type and itself.
offers_key()
{
	# shellcheck disable=SC2046 # two words
	asks 0 authorized-keys "$HOLDER" $(public "$1" | cut -d' ' -f1,2) || return 1
	shift
	prints "$@"
}

line_of()
{
	echo "restrict,command=\"/usr/lib/gatekeeper -d $K $1 $(print_of "$2")\" $(public "$2")"
}

ask_accounts()
{
	policy other 'account = somebody' "public-key = $(public b)"
	policy any "public-key = $(public c)"
	offers "$LINE" && [ ! -s "$WORK/err" ] &&
	    offers_key a "$LINE" && offers_key b && offers_key c || return 1
	asks 0 authorized-keys somebody && prints "$(line_of other b)" &&
	    asks 0 authorized-keys nobody-here && prints &&
	    asks 0 authorized-keys '../x' && prints &&
	    asks 0 authorized-keys "$HOLDER" ssh-rsa "$(public a | cut -d' ' -f2)" &&
	    prints
}

# A policy that is broken says why, and only where it matters.
ask_broken()
{
	policy b "account = $HOLDER" "public-key = $(public b)" 'foo = 1'
	policy dirty "account = $HOLDER" \
	    'public-key = ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=='
	policy closed "account = $HOLDER" "public-key = $(public c)"
	chmod 666 "$K/keys/closed.ini"
	echo junk >"$K/keys/-x.ini"
	offers "$LINE" && complains 'keys/b.ini:4: [key] has no key foo' &&
	    complains 'keys/dirty.ini:3: ' &&
	    complains 'closed.ini: others can write it' &&
	    [ "$(wc -l <"$WORK/err")" -eq 3 ] || return 1
	offers_key b && complains 'keys/b.ini:4: ' &&
	    offers_key a "$LINE" && ! complains keys/b.ini || return 1
	# Nobody who knocks can fill the log.
	for nth in 1 2 3; do
		cp -p "$K/keys/closed.ini" "$K/keys/closed$nth.ini"
	done
	offers_key a "$LINE" && complains '4 policies cannot be read' &&
	    [ "$(wc -l <"$WORK/err")" -eq 2 ]
}

# Whose key it is must be certain.
ask_twice()
{
	policy other "account = somebody $HOLDER" "public-key = $(public a)" \
	    "public-key = $(public b)"
	offers "$(line_of other b)" &&
	    complains 'keys/k.ini: its public key stands in' &&
	    complains 'keys/other.ini: its public key stands in' &&
	    offers_key a && offers_key b "$(line_of other b)" || return 1
	policy other 'foo = 1' "public-key = $(public a)"
	offers && offers_key a && complains 'stands in' || return 1
	public a >"$K/keys/other.pub"
	policy other 'foo = 1' 'public-key-file = other.pub'
	offers && offers_key a || return 1
	policy other 'account = somebody' "public-key = $(public a)"
	offers "$LINE" && offers_key a "$LINE"
}

# gatekeeper refuses these, on record; sshd alone would not.
ask_disabled()
{
	policy k 'enabled = no' "account = $HOLDER" "public-key = $(public a)" \
	    "public-key = $(public a) again" 'not-before = 2090-01-01'
	offers "$LINE"
}

ask_file()
{
	ssh-keygen -q -t rsa -b 3072 -N '' -C long -f "$WORK/pairs/long" </dev/null
	public long >"$K/keys/k.pub"
	policy k "account = $HOLDER" 'public-key-file = k.pub'
	offers "$(line_of k long)" && offers_key long "$(line_of k long)"
}

ask_no_folder()
{
	rm -r "$K/keys"
	asks 70 authorized-keys "$HOLDER" && prints && complains 'keys: No such'
}

# used BEFORE AFTER: what ran between two `times` of the shell has used of the
# processor, in milliseconds. What else a machine does is no part of that.
used()
{
	awk -F '[ms ]+' 'FNR == 2 { spent = 60 * ($1 + $3) + $2 + $4 - spent }
	    END { printf "%d\n", 1000 * spent }' "$1" "$2"
}

# Hundreds of policies, and an answer before the client gives up.
ask_many()
{
	body=$(public b | cut -d' ' -f2 | cut -c1-60)
	for i in $(seq 100 599); do
		printf '[key]\naccount = %s\npublic-key = ssh-ed25519 %s%s%s\n' \
		    "$HOLDER" "$body" "$i" AAAAA >"$K/keys/m$i.ini"
	done
	times >"$WORK/before"
	offers_key a "$LINE" || return 1
	times >"$WORK/after"
	took=$(used "$WORK/before" "$WORK/after")
	echo "$took ms"
	[ "$took" -lt 2000 ] && [ ! -s "$WORK/err" ]
}

# What sshd throws away goes to syslog, here to a listener in a private /dev.
ask_syslog()
{
	policy k 'foo = 1' "public-key = $(public a)"
	rm -rf "${WORK:?}/dev"
	mkdir "$WORK/dev"
	cp -a /dev/null /dev/zero /dev/urandom "$WORK/dev/"
	perl -MSocket -e 'socket(S, PF_UNIX, SOCK_DGRAM, 0) or die;
	    bind(S, sockaddr_un($ARGV[0])) or die;
	    alarm 10;
	    recv(S, $m, 65536, 0);
	    print "$m\n"' "$WORK/dev/log" >"$WORK/logged" &
	listener=$!
	tries=0
	while [ ! -S "$WORK/dev/log" ] && [ $tries -lt 100 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
	mount --bind "$WORK/dev" /dev
	offers
	outcome=$?
	printf '[audit]\n' >"$K/gatekeeper.ini"
	offers || outcome=1
	umount -l /dev
	wait $listener
	cat "$WORK/logged"
	[ $outcome -eq 0 ] && [ "$(wc -l <"$WORK/logged")" -eq 1 ] &&
	    grep -q '^<83>.*gatekeeperctl\[[0-9]*\]: authorized-keys: .*k.ini:2: ' \
		"$WORK/logged"
}

# --- check -------------------------------------------------------------------

# DSA and short RSA, in a file, since they are too long for a line.
check_weak_keys()
{
	{
		echo "ssh-dss $(blob ssh-dss 1 1 1 1)"
		echo "ssh-rsa $(blob ssh-rsa 3 65)"
		echo "ssh-rsa $(blob ssh-rsa 3 129)"
		public a
	} >"$K/keys/k.pub"
	policy k 'public-key-file = k.pub' 'account = nobody-here'
	asks 2 check
	found "$K/keys/k.pub" 1 error 'sshd takes no DSA keys' &&
	    found "$K/keys/k.pub" 2 error 'no RSA key of 519 bits' &&
	    found "$K/keys/k.pub" 3 warning 'less than 2048 bits' &&
	    [ "$(told "$K/keys/k.pub")" = '3 ' ]
}

# One key in two policies: for one account, or for two.
check_shared_key()
{
	policy k "account = $HOLDER somebody" "public-key = $(public a)"
	policy l "public-key = $(public b)" 'account = nobody-here somebody' \
	    "public-key = $(public a) again"
	asks 2 check
	found "$K/keys/k.ini" 3 error "stands in $K/keys/l.ini:4 too" &&
	    found "$K/keys/l.ini" 4 error "stands in $K/keys/k.ini:3 too" ||
	    return 1
	asks 2 check k
	found "$K/keys/k.ini" 3 error "stands in" &&
	    ! grep -q "^$K/keys/l.ini:" "$WORK/out" || return 1
	policy k 'account = nobody-else' "public-key = $(public a)"
	asks 1 check
	! found "$K/keys/k.ini" 3 error 'stands in'
}

# Where sshd asks for keys, a policy with one needs no line in a file.
check_sshd_asks()
{
	file=/etc/ssh/sshd_config.d/gk-test.conf
	mkdir -p "${file%/*}"
	ssh_fill
	echo '# AuthorizedKeysCommand /usr/bin/gatekeeperctl authorized-keys' \
	    >"$file"
	asks 1 check k && found "$K/keys/k.ini" 2 warning 'is not in use' ||
	    return 1
	echo 'authorizedKeysCommand /usr/bin/gatekeeperctl authorized-keys %u' \
	    >"$file"
	asks 0 check k && prints || return 1
	policy k "account = $HOLDER"
	asks 1 check k && tells 'is not in use'
	rm "$file"
}

keys_tests()
{
	for test in plain operands conditions terminal files refusals \
	    weak listed hostile; do
		keys_fill
		try "key-line/$test" "line_$test"
	done
	for test in accounts broken twice disabled file no_folder many; do
		keys_fill
		try "authorized-keys/$test" "ask_$test"
	done
	for test in weak_keys shared_key; do
		keys_fill
		try "check/$test" "check_$test"
	done
	if is_root && [ -z "$ROOM_WHY" ]; then
		keys_room_tests
	else
		skip "ctl/key-line-room # mounts, and root's own folders"
	fi
	if home_is_ours; then
		keys_home_tests
	else
		skip "ctl/key-line-home # no home to write in"
	fi
}

keys_room_tests()
{
	for test in line_summer line_default install_full_disk ask_syslog \
	    check_sshd_asks; do
		keys_fill
		try "key-line/$test" "$test"
	done
}

keys_home_tests()
{
	for test in new once bytes replaces two other_ways doubtful links \
	    open leftover too_large many waits race accounts; do
		keys_fill
		try "key-line/install_$test" "install_$test"
	done
	keys_fill
	is_root || try key-line/install_unwritable install_unwritable
	rm -rf "$SSH"
}
