# shellcheck shell=sh
# Policies that are broken, and conditions of [key]. A broken policy ends in
# status 78; the client learns that and the session id, the record has the
# place and the reason.

setup()
{
	policy_use broken
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$HERE/client/broken"
	key_line broken >>"$HERE/ssh/authorized_keys2"
}

# name, line of the mistake, and the policy as printf(1) %b reads it
rows()
{
	cat <<-'END'
	unknown-key 2 [key]\nhours-of-day = 1\n
	unknown-section 1 [keys]\n
	unknown-rule-key 4 [key]\n[allow a]\nprotocol = scp\ncolour = red\n
	timeout-bad 4 [key]\n[allow a]\nprotocol = scp\ntimeout = 2x\n
	key-twice 3 [key]\nenabled = yes\nenabled = no\n
	section-twice 4 [key]\n[allow a]\ncommand = /bin/true\n[key]\n
	rule-twice 4 [key]\n[allow a]\ncommand = /bin/true\n[allow a]\ncommand = /bin/id\n
	section-junk 1 [key] junk\n
	section-open 1 [key\n
	section-long 2 [key]\n[allow @50@]\ncommand = /bin/true\n
	line-long 3 [key]\n[allow a]\ncommand = /bin/true @200@\n
	comment-inline 2 [key]\ndescription = one ; two\n
	no-value 2 [key]\ndescription\n
	from-empty 2 [key]\nfrom =\n
	from-bad 2 [key]\nfrom = 192.0.2.300\n
	from-host-bits 2 [key]\nfrom = 192.0.2.7/24\n
	date-bad 2 [key]\nnot-after = 2026-02-30\n
	indented-key 3 [key]\ndescription = x\n enabled = no\n
	control-byte 2 [key]\ndescription = a\0001b\n
	flag-bad 2 [key]\nenabled = maybe\n
	type-bad 4 [key]\n[allow a]\ncommand = /bin/echo {x}\narg.x = number\n
	type-missing 3 [key]\n[allow a]\ncommand = /bin/echo {x}\n
	pattern-twofold 3 [key]\n[allow a]\ncommand = /bin/echo [{x}] [{y}]\narg.x = word\narg.y = word\n
	run-relative 4 [key]\n[allow a]\ncommand = x\nrun = echo x\n
	run-missing 3 [key]\n[allow a]\ncommand = x\n
	protocol-bad 3 [key]\n[allow a]\nprotocol = ftp\n
	umask-bad 4 [key]\n[allow a]\nprotocol = scp\numask = 999\n
	write-relative 4 [key]\n[allow a]\nprotocol = scp\nwrite = srv\n
	write-ssh 4 [key]\n[allow a]\nprotocol = scp\nwrite = @SSH@\n
	write-policy 4 [key]\n[allow a]\nprotocol = scp\nwrite = @POLICY@\n
	write-records 4 [key]\n[allow a]\nprotocol = scp\nwrite = @POLICY@/log\n
	write-above 4 [key]\n[allow a]\nprotocol = scp\nwrite = @HERE@\n
	write-root 4 [key]\n[allow a]\nprotocol = scp\nwrite = /\n
	END
}

tests()
{
	rows | while read -r name _; do
		echo "policy-$name row $name"
	done
	cat <<-'END'
	policy-empty empty
	policy-writable writable
	policy-settings settings
	policy-full-detail full_detail
	policy-not-before not_before
	policy-not-after not_after
	policy-from from
	policy-account account
	policy-fixed fixed
	END
}

# repeat N: that many letters.
repeat()
{
	printf "%0$1d" 0 | tr 0 x
}

# broken TEXT: the policy behind the key from now on.
broken()
{
	printf '%s\n' "$1" >"$POLICY/keys/broken.ini"
}

refused_broken()
{
	ask broken version
	said 78 "the policy is broken; tell the administrator"
	# shellcheck disable=SC2016 # jq's variables
	recorded '.event.reason == "policy-broken"
	    and .event.outcome == "failure"
	    and .gatekeeper.session == $session
	    and (.error.message | startswith($place))' \
	    --arg session "$SESSION" --arg place "$1"
}

row()
{
	line=$(rows | grep "^$1 ")
	text=${line#* * }
	line=${line#* }
	place=${line%% *}
	broken "$(printf '%b' "$text" | sed -e "s|@50@|$(repeat 50)|" \
	    -e "s|@200@|$(repeat 200)|" -e "s|@POLICY@|$POLICY|" \
	    -e "s|@HERE@|$HERE|" -e "s|@SSH@|$(account_ssh)|")"
	refused_broken "keys/broken.ini:$place: "
}

# The folder with the account's keys, as /etc/passwd has it. Where there is
# none, the home: it may be a real one, and nothing is made there.
account_ssh()
{
	home=$(getent passwd "$ACCOUNT" | cut -d: -f6)
	if [ -d "$home/.ssh" ]; then
		home=$home/.ssh
	fi
	printf '%s\n' "$home"
}

empty()
{
	: >"$POLICY/keys/broken.ini"
	ask broken version
	failed
	[ "$STATUS" -eq 78 ] || refused no-rule version
	[ ! -s "$OUT" ] || fail "it ran"
}

works()
{
	cat <<-END
	[key]
	${1-}
	[allow version]
	command = version
	run = /bin/echo 1.0
	END
}

# What others can write is nobody's policy.
writable()
{
	broken "$(works)"
	chmod 664 "$POLICY/keys/broken.ini"
	refused_broken keys/broken.ini
	chmod 644 "$POLICY/keys/broken.ini"
	chmod 777 "$POLICY/keys"
	refused_broken keys/broken.ini
	chmod 755 "$POLICY/keys"
	ask broken version
	worked
}

# Then even the place of the records is in doubt.
settings()
{
	broken "$(works)"
	cp "$POLICY/gatekeeper.ini" "$WORK/settings"
	echo 'colour = red' >>"$POLICY/gatekeeper.ini"
	ask broken version
	cp "$WORK/settings" "$POLICY/gatekeeper.ini"
	[ ! -s "$OUT" ] || fail "it ran"
	[ "$STATUS" -eq 78 ] || fail "status $STATUS"
	! grep -q colour "$ERR" || fail "the client is told too much"
}

# Not even refusal-detail = full shows the policy to the client.
full_detail()
{
	broken "$(works 'refusal-detail = full'; echo 'colour = red')"
	refused_broken keys/broken.ini:6:
}

refused_for()
{
	ask broken version
	refused "$1" version
}

day()
{
	date -d "$1" +%Y-%m-%d
}

not_before()
{
	broken "$(works "not-before = $(day tomorrow)")"
	refused_for not-yet
	broken "$(works "not-before = $(day today)")"
	ask broken version
	worked
}

# The last day is one of them; and a client cannot move it with its TZ.
not_after()
{
	broken "$(works "not-after = $(day today)")"
	ask broken version
	worked
	broken "$(works "not-after = $(day yesterday)")"
	refused_for expired
	ask -o 'SetEnv TZ=AAA+24' broken version
	refused expired version
}

from()
{
	broken "$(works 'from = 192.0.2.0/24 2001:db8::/32')"
	refused_for from
	broken "$(works 'from = 192.0.2.0/24 127.0.0.0/8')"
	ask broken version
	worked
}

account()
{
	broken "$(works 'account = somebody-else')"
	refused_for account
	broken "$(works "account = somebody-else $ACCOUNT")"
	ask broken version
	worked
}

# The same key works as soon as the policy does.
fixed()
{
	broken "$(works 'enabled = perhaps')"
	refused_broken keys/broken.ini:2:
	broken "$(works 'enabled = yes')"
	ask broken version
	worked
	permitted
}
