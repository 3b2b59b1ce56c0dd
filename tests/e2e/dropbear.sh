# shellcheck shell=sh
# The same through another ssh server. dropbear reads ~/.ssh/authorized_keys
# of the account's real home, so this runs only where that is a throw-away.

setup()
{
	policy_use dropbear
	HOME_DIR=$(getent passwd "$ACCOUNT" | cut -d: -f6)
	IN=$DATA/bear
	data_make "$IN"
	echo content >"$IN/file"
	chown "$ACCOUNT:" "$IN/file"
	WHY=
	if ! is_throw_away; then
		WHY="the home of $ACCOUNT is real"
		return
	fi
	add_key bear bear_keys <<-END
	[key]
	[allow files]
	protocol = scp
	read = $IN
	write = $IN
	[allow version]
	command = version
	run = /bin/echo 1.0
	END
	as_account mkdir -p -m 0700 "$HOME_DIR/.ssh"
	cp "$HERE/ssh/bear_keys" "$HOME_DIR/.ssh/authorized_keys"
	chown "$ACCOUNT:" "$HOME_DIR/.ssh/authorized_keys"
	chmod 600 "$HOME_DIR/.ssh/authorized_keys"
	dropbearkey -t ed25519 -f "$HERE/bear_host_key" >"$WORK/bear_host"
	chown "$ACCOUNT:" "$HERE/bear_host_key"
	port_daemon bear_launch bear_listens
	sed -e "s/Port .*/Port $PORT/" -e "s/throw-away/dropbear/" "$CLIENT" \
	    >"$HERE/client/bear_config"
	CLIENT=$HERE/client/bear_config
	printf 'dropbear %s\n' "$(grep '^ssh-ed25519' "$WORK/bear_host" |
	    cut -d' ' -f1,2)" >>"$WORK/known_hosts"
}

# Those in the private /etc are, and one that the caller says is.
is_throw_away()
{
	[ -z "$ROOM_WHY" ] || [ "$HOME_DIR" = "${GK_THROW_AWAY_HOME-}" ]
}

bear_launch()
{
	daemon_start "$WORK/bear.log" "$(id -un)" dropbear -F -E -s -j -k \
	    -P "$WORK/bear.pid" -p "127.0.0.1:$1" -r "$HERE/bear_host_key"
}

bear_listens()
{
	: | timeout 2 ssh-keyscan -p "$1" 127.0.0.1 2>/dev/null |
	    grep -q ssh-ed25519
}

tests()
{
	cat <<-'END'
	dropbear-version bear version
	dropbear-refused bear refusals
	dropbear-no-command bear no_command
	dropbear-scp-up bear up -O
	dropbear-scp-down bear down -O
	dropbear-sftp-up bear up
	dropbear-sftp-refused bear elsewhere
	END
}

bear()
{
	[ -z "$WHY" ] || skip "$WHY"
	"$@"
}

version()
{
	ask bear version
	worked
	[ "$(cat "$OUT")" = 1.0 ] || fail "not what it prints"
	permitted
}

refusals()
{
	ask bear id
	refused no-rule id
	ask bear 'version; id'
	refused shell-syntax 'version; id'
	ask bear "scp -t $IN/../.."
	refused outside "scp -t $IN/../.."
	ask bear 'rsync --server . /'
	refused no-rule 'rsync --server . /'
}

no_command()
{
	ask bear
	said 126 "$SENTENCE"
	recorded '.event.reason == "no-shell"'
}

up()
{
	seq 1 5000 >"$WORK/numbers"
	copy "$@" "$WORK/numbers" "bear:$IN/"
	worked
	same "$WORK/numbers" "$IN/numbers"
	rm "$IN/numbers"
}

down()
{
	copy "$@" "bear:$IN/file" "$WORK/fetched"
	worked
	same "$WORK/fetched" "$IN/file"
}

elsewhere()
{
	copy "$WORK/numbers" "bear:$HERE/elsewhere"
	failed
	absent "$HERE/elsewhere"
}
