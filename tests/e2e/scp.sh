# shellcheck shell=sh
# Real scp through a rule with `protocol = scp`, in both wire forms: the sftp
# subsystem that scp uses since OpenSSH 9, and with -O the one before it.

setup()
{
	IN=$DATA/in
	FROM=$DATA/from
	LOCAL=$HERE/local
	data_make "$IN" "$FROM" "$FROM/tree" "$DATA/other"
	mkdir -p "$LOCAL/tree/below"
	seq 1 20000 >"$LOCAL/file"
	echo second >"$LOCAL/second"
	echo below >"$LOCAL/tree/below/file"
	touch -d 2001-02-03T04:05:06 "$LOCAL/file"
	chmod 640 "$LOCAL/file"
	for name in a.txt b.txt c.dat "it's a \"name\" [1].txt"; do
		echo "content of $name" >"$FROM/$name"
	done
	echo deep >"$FROM/tree/deep"
	touch -d 2001-02-03T04:05:06 "$FROM/a.txt"
	echo elsewhere >"$DATA/other/file"
	chown -R "$ACCOUNT:" "$DATA"

	add_key scp <<-END
	[key]
	description = both ways, each in its own directory
	[allow files]
	protocol = scp
	write = $IN
	read = $FROM
	END
	add_key scp-write <<-END
	[key]
	[allow files]
	protocol = scp
	write = $IN
	END
	add_key scp-read authorized_keys <<-END
	[key]
	[allow files]
	protocol = scp
	read = $FROM
	END
}

# Each: FUNCTION [-O].
tests()
{
	for form in sftp legacy; do
		option=
		[ $form = sftp ] || option=-O
		cat <<-END
		scp-up-$form up $option
		scp-up-over-$form up_over $option
		scp-up-two-$form up_two $option
		scp-up-recursive-$form up_recursive $option
		scp-up-times-$form up_times $option
		scp-up-odd-names-$form up_odd_names $option
		scp-up-dash-$form up_dash $option
		scp-up-home-$form up_home $option
		scp-down-$form down $option
		scp-down-two-$form down_two $option
		scp-down-recursive-$form down_recursive $option
		scp-down-times-$form down_times $option
		scp-down-glob-$form down_glob $option
		scp-down-odd-names-$form down_odd_names $option
		scp-up-elsewhere-$form up_elsewhere $option
		scp-up-through-link-$form up_through_link $option
		scp-down-elsewhere-$form down_elsewhere $option
		scp-down-through-link-$form down_through_link $option
		scp-down-without-read-$form down_without_read $option
		scp-up-without-write-$form up_without_write $option
		END
	done
	echo scp-up-blank-legacy up_blank
}

clear_in()
{
	find "$IN" -mindepth 1 -delete
	rm -rf "$LOCAL/got"
	mkdir "$LOCAL/got"
}

up()
{
	clear_in
	copy "$@" "$LOCAL/file" "scp:$IN/"
	worked
	same "$LOCAL/file" "$IN/file"
	permitted
	[ "$(stat -c %U "$IN/file")" = "$ACCOUNT" ]
}

up_over()
{
	clear_in
	up "$@"
	copy "$@" "$LOCAL/second" "scp:$IN/file"
	worked
	same "$LOCAL/second" "$IN/file"
}

up_two()
{
	clear_in
	copy "$@" "$LOCAL/file" "$LOCAL/second" "scp:$IN"
	worked
	same "$LOCAL/file" "$IN/file"
	same "$LOCAL/second" "$IN/second"
}

up_recursive()
{
	clear_in
	copy "$@" -r "$LOCAL/tree" "scp:$IN/"
	worked
	same "$LOCAL/tree/below/file" "$IN/tree/below/file"
}

up_times()
{
	clear_in
	copy "$@" -p "$LOCAL/file" "scp:$IN/"
	worked
	[ "$(stat -c '%Y %a' "$IN/file")" = \
	    "$(stat -c '%Y %a' "$LOCAL/file")" ] || fail "not preserved"
}

# With -O the remote shell's quoting is the user's to write.
up_odd_names()
{
	clear_in
	name="it's a \"name\" with \$(id); blanks"
	if [ "${1-}" = -O ]; then
		remote="'$IN/it'\\''s a \"name\" with \$(id); blanks'"
	else
		remote="$IN/$name"
	fi
	copy "$@" "$LOCAL/file" "scp:$remote"
	worked
	same "$LOCAL/file" "$IN/$name"
}

up_blank()
{
	clear_in
	copy -O "$LOCAL/file" "scp:$IN/my\\ file"
	worked
	same "$LOCAL/file" "$IN/my file"
	copy -O "$LOCAL/file" "scp:$IN/my other file"
	failed
	refused_scp option
}

# A destination that looks like an option is a name like any other.
up_dash()
{
	clear_in
	copy "$@" "$LOCAL/file" scp:-x
	worked
	same "$LOCAL/file" "$IN/-x"
}

# No name, and the home that is not theirs to see: the first directory.
up_home()
{
	clear_in
	copy "$@" "$LOCAL/file" scp:
	worked
	same "$LOCAL/file" "$IN/file"
	[ "${1-}" != -O ] || {
		copy "$@" "$LOCAL/file" 'scp:~/z'
		worked
		same "$LOCAL/file" "$IN/z"
	}
}

down()
{
	clear_in
	copy "$@" "scp:$FROM/a.txt" "$LOCAL/got/"
	worked
	same "$FROM/a.txt" "$LOCAL/got/a.txt"
	permitted
}

down_two()
{
	clear_in
	copy "$@" "scp:$FROM/a.txt" "scp:$FROM/b.txt" "$LOCAL/got"
	worked
	same "$FROM/a.txt" "$LOCAL/got/a.txt"
	same "$FROM/b.txt" "$LOCAL/got/b.txt"
}

down_recursive()
{
	clear_in
	copy "$@" -r "scp:$FROM/tree" "$LOCAL/got/"
	worked
	same "$FROM/tree/deep" "$LOCAL/got/tree/deep"
}

down_times()
{
	clear_in
	copy "$@" -p "scp:$FROM/a.txt" "$LOCAL/got/"
	worked
	[ "$(stat -c %Y "$LOCAL/got/a.txt")" = \
	    "$(stat -c %Y "$FROM/a.txt")" ] || fail "not preserved"
}

down_glob()
{
	clear_in
	copy "$@" "scp:$FROM/[ab].txt" "$LOCAL/got/"
	worked
	same "$FROM/a.txt" "$LOCAL/got/a.txt"
	same "$FROM/b.txt" "$LOCAL/got/b.txt"
	absent "$LOCAL/got/c.dat"
	copy "$@" "scp:$FROM/*.txt" "$LOCAL/got/"
	worked
	[ "$(find "$LOCAL/got" -type f | wc -l)" -eq 3 ] || fail "not three"
}

# scp takes the remote name for a pattern, and holds the names that arrive
# against it, so a backslash is the one way to quote that works with -O.
down_odd_names()
{
	clear_in
	name="it's a \"name\" [1].txt"
	if [ "${1-}" = -O ]; then
		remote="$FROM/it\\'s\\ a\\ \\\"name\\\"\\ \\[1\\].txt"
	else
		remote="$FROM/it's a \"name\" \\[1\\].txt"
	fi
	copy "$@" "scp:$remote" "$LOCAL/got/"
	worked
	same "$FROM/$name" "$LOCAL/got/$name"
}

# The sftp server finds out by itself: the session was permitted, and the
# kernel holds it. The old form names its directory in the command.
refused_scp()
{
	if grep -q '^gatekeeper: ' "$ERR"; then
		records_new
		jq -e ".event.reason == \"$1\"" "$WORK/records" >/dev/null ||
		    fail "another reason: $(cat "$WORK/records")"
	fi
}

up_elsewhere()
{
	for remote in "$DATA/other/new" "$IN/../other/new" "$IN-2/new" \
	    "$HERE/ssh/new" "$FROM/new"; do
		copy "$@" "$LOCAL/file" "scp:$remote"
		failed
		refused_scp outside
		absent "$remote"
	done
	copy "$@" "$LOCAL/file" "scp:$DATA/other/file"
	failed
	[ "$(cat "$DATA/other/file")" = elsewhere ] || fail "overwritten"
}

up_through_link()
{
	clear_in
	as_account ln -s "$DATA/other" "$IN/link"
	as_account ln -s "$DATA/other/dangling" "$IN/dangling"
	copy "$@" "$LOCAL/file" "scp:$IN/link/new"
	failed
	copy "$@" "$LOCAL/file" "scp:$IN/dangling"
	failed
	absent "$DATA/other/new" "$DATA/other/dangling"
}

down_elsewhere()
{
	clear_in
	for remote in "$DATA/other/file" "$FROM/../other/file" /etc/shadow \
	    "$POLICY/keys/scp.ini" "$RECORDS" "$FROM/../*/file"; do
		copy "$@" "scp:$remote" "$LOCAL/got/stolen"
		failed
		refused_scp outside
		absent "$LOCAL/got/stolen"
	done
}

down_through_link()
{
	clear_in
	as_account ln -sf "$DATA/other/file" "$FROM/link"
	copy "$@" "scp:$FROM/link" "$LOCAL/got/stolen"
	failed
	refused_scp outside
	as_account rm "$FROM/link"
	absent "$LOCAL/got/stolen"
}

down_without_read()
{
	clear_in
	as_account cp "$LOCAL/second" "$IN/second"
	copy "$@" "scp-write:$IN/second" "$LOCAL/got/"
	failed
	absent "$LOCAL/got/second"
	copy "$@" "$LOCAL/file" "scp-write:$IN/"
	worked
	same "$LOCAL/file" "$IN/file"
}

up_without_write()
{
	clear_in
	copy "$@" "$LOCAL/file" "scp-read:$FROM/new"
	failed
	absent "$FROM/new"
	copy "$@" "scp-read:$FROM/a.txt" "$LOCAL/got/"
	worked
	same "$FROM/a.txt" "$LOCAL/got/a.txt"
}
