# shellcheck shell=sh disable=SC2034,SC2154
# Keys that live in the policies alone: an sshd of its own asks gatekeeperctl
# for them, and knows no other file. And the same by certificates.

setup()
{
	policy_use keys
	MAIN_CLIENT=$CLIENT
	CLIENT=$HERE/client/keys.config
	cp "$(dirname "$(gatekeeper_built)")/gatekeeperctl" "$WORK/"
	ssh-keygen -q -t ed25519 -N '' -C '' -f "$HERE/authority"
	keys_policies
	port_daemon keys_launch keys_listens
	sed "s/Port .*/Port $PORT/" "$MAIN_CLIENT" >"$CLIENT"
}

# sshd's command and its folders must be root's: env(1) is, whoever tests.
keys_sshd_config()
{
	asker=nobody
	is_root || asker=$(id -un)
	sshd_config | grep -v '^AuthorizedKeysFile'
	cat <<-END
	AuthorizedKeysFile none
	AuthorizedKeysCommand /usr/bin/env $WORK/gatekeeperctl -d $POLICY authorized-keys --program $WORK/gatekeeper %u %t %k
	AuthorizedKeysCommandUser $asker
	TrustedUserCAKeys $HERE/authority.pub
	END
}

keys_launch()
{
	keys_sshd_config >"$WORK/keys_sshd_config"
	daemon_start "$WORK/keys-sshd.log" "$(id -un)" \
	    /usr/sbin/sshd -D -e -f "$WORK/keys_sshd_config" -p "$1"
}

keys_listens()
{
	grep -q "listening on 127.0.0.1 port $1" "$WORK/keys-sshd.log"
}

# policy_key NAME ACCOUNT LINE...: a key pair, and its policy.
policy_key()
{
	[ -e "$HERE/client/$1" ] ||
	    ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$HERE/client/$1"
	file=$POLICY/keys/$1.ini
	{
		printf '[key]\naccount = %s\n' "$2"
		printf 'public-key = %s\n' "$(cat "$HERE/client/$1.pub")"
		shift 2
		printf '%s\n' "$@"
		printf '[allow greet]\ncommand = greet {name}\n'
		printf 'arg.name = name\nrun = /bin/echo hello {name}\n'
	} >"$file"
}

keys_policies()
{
	policy_key keys-right "$ACCOUNT"
	policy_key keys-near "$ACCOUNT somebody" 'from = 127.0.0.0/8 ::1'
	policy_key keys-far "$ACCOUNT" 'from = 192.0.2.0/24 2001:db8::/32'
	policy_key keys-today "$ACCOUNT" "not-after = $(date +%F)"
	policy_key keys-past "$ACCOUNT" 'not-after = 2020-01-01'
	policy_key keys-off "$ACCOUNT" 'enabled = no'
	policy_key keys-other somebody
	policy_key keys-broken "$ACCOUNT" 'colour = red'
	policy_key keys-double "$ACCOUNT"
	sed "s/^public-key.*/&\n$(grep ^public-key "$POLICY/keys/keys-double.ini" |
	    sed 's/[&/]/\\&/g')/" "$POLICY/keys/keys-off.ini" \
	    >"$POLICY/keys/keys-off-too.ini"
	sed -i '0,/^public-key/{/^public-key/d}' "$POLICY/keys/keys-off-too.ini"
	ssh-keygen -q -t ed25519 -N '' -C stranger \
	    -f "$HERE/client/keys-stranger"
}

tests()
{
	cat <<-'END'
	keys-right right
	keys-restricted restricted
	keys-stranger denied keys-stranger
	keys-other-account denied keys-other
	keys-from-far denied keys-far
	keys-from-near greets keys-near
	keys-expired denied keys-past
	keys-last-day greets keys-today
	keys-disabled disabled
	keys-broken broken
	keys-double denied keys-double
	keys-install install
	keys-certificate certificate
	keys-authority authority
	END
}

greets()
{
	ask "$1" greet you
	worked
	printed '^hello you$'
	permitted
}

# denied KEY: by sshd, so that gatekeeper never hears of it.
denied()
{
	ask "$1" greet you
	[ "$STATUS" -eq 255 ] || fail "status $STATUS"
	complained 'Permission denied \(publickey\)'
	[ "$(records_count)" -eq "$RECORDS_BEFORE" ] || fail "a record"
}

right()
{
	greets keys-right
	print=$(ssh-keygen -lf "$HERE/client/keys-right.pub" | cut -d' ' -f2)
	# shellcheck disable=SC2016 # jq's variable
	jq -e --arg print "$print" '.gatekeeper.fingerprint == $print
	    and .gatekeeper.key == "keys-right"' "$WORK/records" ||
	    fail "another key on record"
	ask keys-right id
	refused no-rule id
	# shellcheck disable=SC2016
	recorded '.gatekeeper.fingerprint == $print' --arg print "$print"
}

restricted()
{
	ask -o LogLevel=INFO -W "127.0.0.1:$SSHD_PORT" keys-right
	failed
	complained 'open failed: administratively prohibited'
}

disabled()
{
	ask keys-off greet you
	refused disabled 'greet you'
}

# One broken policy keeps nobody else out; mended, it is asked again.
broken()
{
	denied keys-broken
	greets keys-right
	sed -i '/^colour/d' "$POLICY/keys/keys-broken.ini"
	greets keys-broken
}

# The other way: the line in a file, put there by key-line, with the other
# sshd.
install()
{
	CLIENT=$MAIN_CLIENT
	policy_key keys-line "$ACCOUNT" 'from = 127.0.0.1' \
	    "not-after = $(date +%F)"
	denied keys-line
	for _ in 1 2; do
		"$WORK/gatekeeperctl" -d "$POLICY" key-line \
		    --program "$WORK/gatekeeper" --install "$ACCOUNT" \
		    --file "$HERE/ssh/authorized_keys" keys-line ||
		    fail "it is not installed"
	done
	[ "$(grep -c 'keys-line SHA256:' "$HERE/ssh/authorized_keys")" -eq 1 ] ||
	    fail "not one line"
	greets keys-line
	ask keys-line id
	refused no-rule id
	sed -i 's/^from.*/from = 192.0.2.1/' "$POLICY/keys/keys-line.ini"
	ask keys-line greet you
	refused from 'greet you'
	"$WORK/gatekeeperctl" -d "$POLICY" key-line \
	    --program "$WORK/gatekeeper" --install "$ACCOUNT" \
	    --file "$HERE/ssh/authorized_keys" keys-line
	denied keys-line
}

# certify NAME [COMMAND]: a key in no policy, signed for the account.
certify()
{
	[ -e "$HERE/client/$1" ] ||
	    ssh-keygen -q -t ed25519 -N '' -C "$1" -f "$HERE/client/$1"
	ssh-keygen -q -s "$HERE/authority" -I "$1" -n "$ACCOUNT" -O clear \
	    ${2+-O "force-command=$2"} "$HERE/client/$1.pub"
}

# The authority's word leads to a policy as a key line does.
certificate()
{
	policy_key keys-signed "$ACCOUNT"
	certify keys-signed-one "$WORK/gatekeeper -d $POLICY keys-signed"
	greets keys-signed-one
	jq -e '.gatekeeper.key == "keys-signed"' "$WORK/records" ||
	    fail "another policy"
	ask keys-signed-one id
	refused no-rule id
	ask keys-signed-one 'greet you; id'
	refused shell-syntax 'greet you; id'
	ask keys-signed-one
	refused no-shell
	ask -W "127.0.0.1:$SSHD_PORT" keys-signed-one
	failed
	certify keys-signed-none "$WORK/gatekeeper -d $POLICY keys-none"
	ask keys-signed-none greet you
	refused unknown-key 'greet you'
}

# A cert-authority line with a command, as another sshd has it: what the
# certificate forces besides must be the same, to the byte.
authority()
{
	CLIENT=$MAIN_CLIENT
	policy_key keys-vouched "$ACCOUNT"
	forced="$WORK/gatekeeper -d $POLICY keys-vouched"
	printf 'cert-authority,restrict,command="%s" %s\n' "$forced" \
	    "$(cat "$HERE/authority.pub")" >>"$HERE/ssh/authorized_keys2"
	certify keys-vouched-same "$forced"
	greets keys-vouched-same
	ask keys-vouched-same id
	refused no-rule id
	certify keys-vouched-bare
	greets keys-vouched-bare
	for other in "$forced " "$WORK/gatekeeper -d $POLICY keys-right" \
	    /bin/sh; do
		certify keys-vouched-other "$other"
		denied keys-vouched-other
	done
	denied keys-vouched
}
