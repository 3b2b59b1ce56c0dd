# shellcheck shell=sh
# The worked example, as it ships: a zone pushed to a running nsd, which then
# answers from it; and pushes that change nothing.

setup()
{
	policy_use dns
	nsd_start
	dns_push_key
	LOCAL=$HERE/dns-local
	mkdir -p "$LOCAL"
}

tests()
{
	cat <<-'END'
	dns-push-answered answered
	dns-push-serial serial
	dns-push-broken broken
	dns-push-include include
	dns-push-too-large too_large
	dns-push-empty nothing
	dns-push-other-zone other_zone
	dns-push-odd-names odd_names
	dns-push-refused refused_by_gatekeeper
	dns-push-no-nsd without_nsd
	END
}

dig_serial()
{
	dig +short +tries=1 +time=1 -p "$NSD_PORT" @127.0.0.1 example.net SOA |
	    cut -d' ' -f3
}

# nsd loads a zone in its own time.
serves()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ "$(dig_serial)" != "$1" ] || return 0
		sleep 0.1
	done
	fail "nsd serves $(dig_serial), not $1"
}

# push WORDS..., with the zone file LOCAL/zone on standard input.
push()
{
	client ssh -T -F "$CLIENT" dns-push dns-push "$@" <"$LOCAL/zone"
}

# Not a byte, not a time, and no file left behind.
remember()
{
	before=$(stat -c '%Y %Z %i' "$ZONES/example.net.zone")
}

unchanged()
{
	failed
	[ "$before" = "$(stat -c '%Y %Z %i' "$ZONES/example.net.zone")" ] ||
	    fail "the zone file has changed"
	[ "$(ls -A "$ZONES")" = example.net.zone ] ||
	    fail "files are left behind: $(ls -A "$ZONES")"
	[ ! -s "$OUT" ] || fail "something on standard output"
	complained '^dns-push: '
}

answered()
{
	serves 2026010101
	zone_print 2026112001 >"$LOCAL/zone"
	echo 'new IN A 192.0.2.99' >>"$LOCAL/zone"
	push example.net
	worked
	permitted
	printed '^dns-push: example.net installed, serial 2026112001$'
	serves 2026112001
	[ "$(dig +short -p "$NSD_PORT" @127.0.0.1 new.example.net A)" = \
	    192.0.2.99 ] || fail "the new record is not there"
	same "$LOCAL/zone" "$ZONES/example.net.zone"
	[ "$(stat -c '%a %U' "$ZONES/example.net.zone")" = "644 $ACCOUNT" ] ||
	    fail "other rights than documented"
	[ "$(ls -A "$ZONES")" = example.net.zone ] || fail "files left behind"
}

serial()
{
	zone_print 2026112002 >"$LOCAL/zone"
	push example.net --serial=2026112002
	worked
	serves 2026112002
	remember
	push example.net --serial=2026112003
	unchanged
	complained 'serial is 2026112002, not 2026112003'
}

broken()
{
	remember
	zone_print 2026112003 >"$LOCAL/zone"
	echo 'bad IN A 192.0.2.300' >>"$LOCAL/zone"
	push example.net
	unchanged
	zone_print 2026112003 | grep -v SOA >"$LOCAL/zone"
	push example.net
	unchanged
	head -c 3000 /dev/urandom >"$LOCAL/zone"
	push example.net
	unchanged
	serves 2026112002
}

include()
{
	remember
	# shellcheck disable=SC2016 # the dollar signs are meant
	for line in '$INCLUDE /etc/passwd' '$include /etc/passwd' \
	    '  $Include nsd.conf'; do
		zone_print 2026112003 >"$LOCAL/zone"
		printf '%s\n' "$line" >>"$LOCAL/zone"
		push example.net
		unchanged
	done
}

too_large()
{
	remember
	{
		zone_print 2026112003
		seq -f '; filling line %.0f' 1 200000
	} >"$LOCAL/zone"
	push example.net
	unchanged
	complained 'larger than 4194304 bytes'
}

nothing()
{
	remember
	: >"$LOCAL/zone"
	push example.net
	unchanged
}

other_zone()
{
	remember
	zone_print 2026112003 >"$LOCAL/zone"
	push example.com
	unchanged
	absent "$ZONES/example.com.zone"
}

odd_names()
{
	remember
	zone_print 2026112003 >"$LOCAL/zone"
	push Example.net
	unchanged
	push example.net.
	unchanged
}

# Words that never reach the script.
refused_by_gatekeeper()
{
	remember
	zone_print 2026112003 >"$LOCAL/zone"
	for words in '../example.net' '-c' 'example.net --serial=x' \
	    'example.net --serial=-1' 'example.net --serial=4294967296' \
	    'example.net --serial=007' 'example.net example.net' '/etc/x' \
	    "''" 'example..net'; do
		push "$words"
		refused no-rule "dns-push $words"
	done
	push 'example.net; id'
	refused shell-syntax 'dns-push example.net; id'
	ask dns-push "nsd-control -c $NSD/nsd.conf stop"
	refused no-rule "nsd-control -c $NSD/nsd.conf stop"
	[ "$before" = "$(stat -c '%Y %Z %i' "$ZONES/example.net.zone")" ]
	serves 2026112002
}

without_nsd()
{
	kill "$DAEMON"
	wait "$DAEMON" 2>/dev/null || :
	remember
	zone_print 2026112003 >"$LOCAL/zone"
	push example.net
	unchanged
	complained 'nsd does not answer'
}
