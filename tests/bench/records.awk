# n records as a host of fifty keys writes them, two a session: always the same.

function begin(i, action, type, outcome)
{
	printf "{\"@timestamp\":\"2026-11-%02dT%02d:%02d:%02d.%06dZ\",", \
	    1 + i % 28, i % 24, i % 60, i % 60, i % 1000000
	printf "\"event\":{\"kind\":\"event\",\"category\":[\"process\"]," \
	    "\"action\":\"%s\",\"type\":[%s],\"outcome\":\"%s\"", action, \
	    type, outcome
}

function client(i)
{
	printf "},\"host\":{\"name\":\"store1\"},\"user\":{\"name\":" \
	    "\"backup\",\"id\":\"998\"},\"source\":{\"ip\":\"192.0.2.%d\"," \
	    "\"port\":%d},", i % 200, 1024 + i % 60000
}

function session(s)
{
	printf "\"gatekeeper\":{\"session\":\"%026d\",\"key\":\"key%d\"," \
	    "\"fingerprint\":\"SHA256:%s\",", s, s % 50, \
	    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
}

function policy(s)
{
	printf "\"policy\":{\"file\":\"keys/key%d.ini\"," \
	    "\"mtime\":\"2026-11-01T08:00:00Z\"}}}\n", s % 50
}

function request(i, s, refused)
{
	begin(i, "request", "\"start\",\"" (refused ? "denied" : "allowed") \
	    "\"", refused ? "failure" : "success")
	if (refused)
		printf ",\"reason\":\"no-rule\""
	client(i)
	if (!refused)
		printf "\"process\":{\"pid\":1234,\"executable\":" \
		    "\"/usr/bin/rsync\",\"args\":[\"rsync\",\"--server\"," \
		    "\"-vlogDtpre.iLsfxCIvu\",\".\",\"/srv/www/site\"]}," \
		    "\"rule\":{\"name\":\"push\"},"
	session(s)
	printf "\"verdict\":\"%s\",\"command\":\"rsync --server " \
	    "-vlogDtpre.iLsfxCIvu . /srv/www/site%d\"," \
	    "\"request\":\"command\",", refused ? "refuse" : "permit", s % 40
	if (!refused)
		printf "\"sandbox\":\"landlock7,seccomp,exec-once\","
	policy(s)
}

function end(i, s)
{
	begin(i, "end", "\"end\"", "success")
	printf ",\"duration\":123456789"
	client(i)
	printf "\"process\":{\"pid\":1234,\"executable\":\"/usr/bin/rsync\"," \
	    "\"exit_code\":0},\"rule\":{\"name\":\"push\"},"
	session(s)
	printf "\"verdict\":\"permit\",\"request\":\"command\"," \
	    "\"cpu_time\":1000000,\"memory_peak\":4096000,\"bytes_in\":%d," \
	    "\"bytes_out\":100,", i
	policy(s)
}

BEGIN {
	for (i = 0; i < n; s++) {
		refused = s % 7 == 0
		request(i++, s, refused)
		if (!refused && i < n)
			end(i++, s)
	}
}
