/* What sshd does on this host, by its own word where it can be had. */

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "ctl/account.h"
#include "ctl/output.h"
#include "ctl/show.h"
#include "ctl/sshd.h"

#define NELEM(a) (sizeof(a) / sizeof((a)[0]))
#define BLANKS " \t"
#define CONFIG "/etc/ssh/sshd_config"
#define PRIVSEP "/run/sshd"
#define CONFIG_MAX ((off_t)1024 * 1024)

static const char *const programs[] = {"/usr/sbin/sshd", "/usr/local/sbin/sshd",
    "/usr/bin/sshd", "/usr/local/bin/sshd"};

/* What sshd does where a file says nothing: `sshd -T` prints all of it. */
static const struct {
	const char *keyword;
	const char *value;
} defaults[] = {
    {"authorizedkeysfile", ".ssh/authorized_keys .ssh/authorized_keys2"},
    {"disableforwarding", "no"},
    {"exposeauthinfo", "no"},
    {"permittty", "yes"},
    {"permituserenvironment", "no"},
    {"permituserrc", "yes"},
    {"strictmodes", "yes"},
    {"usepam", "no"},
    {"pubkeyauthentication", "yes"},
    {"passwordauthentication", "yes"},
    {"kbdinteractiveauthentication", "yes"},
};

static void
add(struct sshd *sshd, const char *keyword, size_t len, const char *value)
{
	char *lower = show_need(strndup(keyword, len));

	for (char *p = lower; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	show_add(&sshd->keywords, lower);
	show_add(&sshd->values, show_need(strdup(value)));
}

/* `keyword value`, or `keyword=value`. */
static void
take_line(struct sshd *sshd, char *line)
{
	char *keyword = line + strspn(line, BLANKS), *value, *end;
	size_t len = strcspn(keyword, BLANKS "=");

	if (*keyword == '#' || len == 0)
		return;
	value = keyword + len + strspn(keyword + len, BLANKS "=");
	end = value + strlen(value);
	while (end > value && strchr(BLANKS, end[-1]) != NULL)
		*--end = '\0';
	add(sshd, keyword, len, value);
}

static void
take_all(struct sshd *sshd, char *text)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\r\n", &save); line != NULL;
	     line = strtok_r(NULL, "\r\n", &save))
		take_line(sshd, line);
}

const char *
sshd_config(const struct sshd_query *query)
{
	return query->config != NULL ? query->config : CONFIG;
}

static const char *
find_program(void)
{
	for (size_t i = 0; i < NELEM(programs); i++)
		if (access(programs[i], X_OK) == 0)
			return programs[i];
	return NULL;
}

static void
ask(struct sshd *sshd, const struct sshd_query *query, const char *program)
{
	char *test = show_format("user=%s,host=%s,addr=%s,laddr=127.0.0.1,"
				 "lport=22",
	    query->account, query->address, query->address);
	const char *const argv[] = {program, "-T", "-C", test, "-f",
	    sshd_config(query), NULL};
	struct output output;

	if (output_of(&output, argv) == -1) {
		sshd->problem = show_format("%s: %s", program, strerror(errno));
	} else if (output.status != 0) {
		sshd->problem = show_format("%s -T: %s%s", program,
		    output.err[0] != '\0' ? output.err : "no answer",
		    strstr(output.err, PRIVSEP) != NULL ?
			" (mkdir -m 0755 " PRIVSEP ")" :
			"");
	} else {
		take_all(sshd, output.out);
		sshd->how = show_format("%s -T -f %s -C %s", program,
		    sshd_config(query), test);
		sshd->known = true;
	}
	output_free(&output);
	free(test);
}

/* Up to the first Match: what stands there is for some accounts alone. */
static void
read_file(struct sshd *sshd, const struct sshd_query *query)
{
	FILE *f = account_fopen(sshd_config(query), CONFIG_MAX);
	char *line = NULL;
	size_t size = 0;

	if (f == NULL)
		return;
	while (getline(&line, &size, f) != -1) {
		line[strcspn(line, "\r\n")] = '\0';
		take_line(sshd, line);
		if (sshd->keywords.n > 0 &&
		    strcmp(sshd->keywords.v[sshd->keywords.n - 1], "match") ==
			0)
			break;
	}
	free(line);
	fclose(f);
	sshd->how =
	    show_format("%s, as far as its first Match", sshd_config(query));
	sshd->known = true;
}

void
sshd_read(struct sshd *sshd, const struct sshd_query *query)
{
	const char *program = find_program();

	*sshd = (struct sshd) {0};
	if (program != NULL)
		ask(sshd, query, program);
	else
		sshd->problem = show_need(strdup("there is no sshd"));
	if (!sshd->known)
		read_file(sshd, query);
}

void
sshd_free(struct sshd *sshd)
{
	list_free(&sshd->keywords);
	list_free(&sshd->values);
	free(sshd->how);
	free(sshd->problem);
	*sshd = (struct sshd) {0};
}

const char *
sshd_value(const struct sshd *sshd, const char *keyword)
{
	for (size_t i = 0; i < sshd->keywords.n; i++)
		if (strcmp(sshd->keywords.v[i], keyword) == 0)
			return sshd->values.v[i];
	for (size_t i = 0; i < NELEM(defaults); i++)
		if (strcmp(defaults[i].keyword, keyword) == 0)
			return defaults[i].value;
	return "";
}

bool
sshd_is(const struct sshd *sshd, const char *keyword, const char *value)
{
	return strcasecmp(sshd_value(sshd, keyword), value) == 0;
}

static char *
fill_in(const char *pattern, const struct account *account)
{
	char *path, *id = show_format("%lu", (unsigned long)account->uid);
	size_t size;
	FILE *f = show_need(open_memstream(&path, &size));

	if (pattern[0] != '/' && pattern[0] != '%')
		fprintf(f, "%s/", account->home);
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%' || pattern[1] == '\0') {
			fputc(*pattern, f);
			continue;
		}
		pattern++;
		fputs(*pattern == 'h'   ? account->home :
			*pattern == 'u' ? account->name :
			*pattern == 'U' ? id :
					  "%",
		    f);
	}
	fclose(f);
	free(id);
	return show_need(path);
}

void
sshd_key_files(struct list *files, const struct sshd *sshd,
    const struct account *account)
{
	char *names = show_need(strdup(sshd_value(sshd, "authorizedkeysfile")));
	char *save = NULL;

	for (char *name = strtok_r(names, BLANKS, &save); name != NULL;
	     name = strtok_r(NULL, BLANKS, &save))
		if (strcasecmp(name, "none") != 0)
			show_add(files, fill_in(name, account));
	free(names);
}

bool
sshd_matches(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, FNM_NOESCAPE) == 0;
}
