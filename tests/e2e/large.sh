# shellcheck shell=sh
# A gibibyte through scp, in both wire forms. The file has holes, so that it
# costs no room here; what arrives does.

SIZE=1073741824

setup()
{
	policy_use large
	IN=$DATA/large
	data_make "$IN"
	add_key large <<-END
	[key]
	[allow files]
	protocol = scp
	write = $IN
	read = $IN
	END
}

tests()
{
	cat <<-'END'
	large-up-sftp up
	large-up-legacy up -O
	END
}

# Kibibytes that may be filled: of the disk, and of memory where that is it.
room_left()
{
	{
		df -Pk "$WORK" | awk 'NR == 2 { print $4 }'
		[ "$(stat -f -c %T "$WORK")" != tmpfs ] ||
		    awk '/^MemAvailable:/ { print $2 }' /proc/meminfo
	} | sort -n | head -n 1
}

# Random mebibytes at places that are no multiple of anything, and holes.
large_file()
{
	rm -f "$WORK/large"
	truncate -s "$SIZE" "$WORK/large"
	for at in 0 7 63 64 255 511 777 1022; do
		dd if=/dev/urandom of="$WORK/large" bs=1047553 count=1 \
		    seek="$at" conv=notrunc status=none
	done
}

sum()
{
	sha256sum <"$1" | cut -d' ' -f1
}

up()
{
	[ "$(room_left)" -ge 4194304 ] || skip "less than 4 GiB free"
	large_file
	copy "$@" "$WORK/large" "large:$IN/"
	worked
	permitted
	[ "$(stat -c %s "$IN/large")" = "$SIZE" ] || fail "another size"
	[ "$(sum "$WORK/large")" = "$(sum "$IN/large")" ] ||
	    fail "another checksum"
	rm -f "$IN/large" "$WORK/large"
}
