/* doctor: what is wrong with the host around the policies. Each finding ends
 * with what to write. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/doctor.h"
#include "ctl/show.h"
#include "ctl/verb.h"
#include "policy.h"

#define ANYWHERE "127.0.0.1"

void
doctor_fact(struct doctor *doctor, const char *name, char *text)
{
	doctor->facts = show_need(reallocarray(doctor->facts,
	    doctor->nfacts + 1, sizeof(*doctor->facts)));
	doctor->facts[doctor->nfacts++] = (struct fact) {name, text};
}

const struct keyfile *
doctor_policy(const struct doctor *doctor, const struct account *account,
    size_t *i)
{
	const struct check *check = &doctor->policies;

	while (*i < check->n) {
		const struct suspect *suspect = &check->v[(*i)++];
		const struct keyfile *file = &suspect->file;
		const struct list *accounts = &file->policy.accounts;

		if (file->loaded && !file->source.partial && !suspect->role &&
		    (accounts->n == 0 || list_has(accounts, account->name)))
			return &suspect->file;
	}
	return NULL;
}

/* --- whom to look at ------------------------------------------------------ */

static void
add_patient(struct doctor *doctor, const char *name)
{
	struct patient patient = {0};

	for (size_t i = 0; i < doctor->n; i++)
		if (strcmp(doctor->v[i].account.name, name) == 0)
			return;
	if (account_find(&patient.account, name) == -1) {
		findings_add(&doctor->found, ERROR, "/etc/passwd", 0,
		    "there is no account %s: adduser --system --group %s", name,
		    name);
		return;
	}
	patient.open = geteuid() == 0 || geteuid() == patient.account.uid;
	doctor->v = show_need(
	    reallocarray(doctor->v, doctor->n + 1, sizeof(*doctor->v)));
	doctor->v[doctor->n++] = patient;
}

/* Those that the policies name; where none does, whoever asks. */
static void
add_named(struct doctor *doctor)
{
	const struct check *check = &doctor->policies;
	struct account self;

	for (size_t i = 0; i < check->n; i++)
		for (size_t j = 0; j < check->v[i].file.policy.accounts.n; j++)
			add_patient(doctor,
			    check->v[i].file.policy.accounts.v[j]);
	if (doctor->n == 0 && geteuid() != 0 &&
	    account_find_uid(&self, geteuid()) == 0) {
		add_patient(doctor, self.name);
		account_free(&self);
	}
}

/* From where clients come, for sshd's Match. */
static char *
address_of(const struct doctor *doctor, const struct account *account)
{
	const struct keyfile *file;

	if (doctor->address != NULL)
		return show_need(strdup(doctor->address));
	for (size_t i = 0;
	     (file = doctor_policy(doctor, account, &i)) != NULL;) {
		const struct entry *from =
		    source_find(&file->source, NULL, "from");

		if (from != NULL)
			return show_need(strndup(from->value,
			    strcspn(from->value, "/ \t\n")));
	}
	return show_need(strdup(ANYWHERE));
}

static void
ask_sshd(struct doctor *doctor, struct patient *patient)
{
	char *address = address_of(doctor, &patient->account);
	const struct sshd_query query = {
	    .config = doctor->config,
	    .account = patient->account.name,
	    .address = address,
	};

	sshd_read(&patient->sshd, &query);
	if (patient->sshd.how != NULL)
		doctor_fact(doctor, "sshd",
		    show_need(strdup(patient->sshd.how)));
	sshd_key_files(&patient->files, &patient->sshd, &patient->account);
	free(address);
}

/* --- what to look at ------------------------------------------------------ */

static void
look_at_policies(struct doctor *doctor)
{
	struct findings found = {0};
	size_t errors = 0;

	check_all(doctor->ctl, doctor->ctl->dir, &found);
	for (size_t i = 0; i < found.n; i++)
		errors += found.v[i].severity == ERROR;
	if (errors > 0)
		findings_add(&doctor->found, ERROR, doctor->ctl->dir, 0,
		    "the policies have %zu errors: gatekeeperctl check",
		    errors);
	findings_free(&found);
}

static void
look_at(struct doctor *doctor, struct patient *patient)
{
	ask_sshd(doctor, patient);
	doctor_sshd(doctor, patient);
	if (!patient->open) {
		findings_add(&doctor->found, WARNING, "/etc/passwd", 0,
		    "only root, or %s itself, sees what sessions of %s see: "
		    "run doctor as root",
		    patient->account.name, patient->account.name);
		return;
	}
	doctor_account(doctor, patient);
	doctor_keys(doctor, patient);
	doctor_places(doctor, patient);
}

static void
examine(struct doctor *doctor, int argc, char *argv[])
{
	check_load(&doctor->policies, 0, NULL);
	doctor_kernel(doctor);
	look_at_policies(doctor);
	for (int i = 0; i < argc; i++)
		add_patient(doctor, argv[i]);
	if (argc == 0)
		add_named(doctor);
	if (doctor->n == 0)
		findings_add(&doctor->found, WARNING, doctor->ctl->dir, 0,
		    "no policy names an account: write account = NAME, or say "
		    "gatekeeperctl doctor NAME");
	for (size_t i = 0; i < doctor->n; i++)
		look_at(doctor, &doctor->v[i]);
	doctor_syslog(doctor);
}

/* --- what it comes to ----------------------------------------------------- */

static void
print_json(struct doctor *doctor)
{
	json_t *json = show_need(json_object());
	json_t *facts = show_need(json_array());

	for (size_t i = 0; i < doctor->nfacts; i++) {
		json_t *fact = show_need(json_object());

		json_object_set_new(fact, "name",
		    json_string(doctor->facts[i].name));
		json_object_set_new(fact, "text",
		    show_json(doctor->facts[i].text));
		json_array_append_new(facts, fact);
	}
	json_object_set_new(json, "facts", facts);
	json_object_set_new(json, "findings", findings_json(&doctor->found));
	show_json_print(json);
}

static void
print(struct doctor *doctor, bool json)
{
	if (json) {
		print_json(doctor);
		return;
	}
	for (size_t i = 0; i < doctor->nfacts; i++)
		show(stdout, "%s: %s\n", doctor->facts[i].name,
		    doctor->facts[i].text);
	findings_print(&doctor->found, false);
}

static void
forget(struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n; i++) {
		account_free(&doctor->v[i].account);
		sshd_free(&doctor->v[i].sshd);
		list_free(&doctor->v[i].files);
	}
	free(doctor->v);
	for (size_t i = 0; i < doctor->nfacts; i++)
		free(doctor->facts[i].text);
	free(doctor->facts);
	check_forget(&doctor->policies);
	findings_free(&doctor->policies.found);
	findings_free(&doctor->found);
}

int
doctor_verb(const struct ctl *ctl, int argc, char *argv[])
{
	static const struct option options[] = {
	    {"json", no_argument, NULL, 'j'},
	    {"sshd-config", required_argument, NULL, 's'},
	    {"from", required_argument, NULL, 'f'},
	    {"log", required_argument, NULL, 'l'},
	    {NULL, 0, NULL, 0},
	};
	struct doctor doctor = {.ctl = ctl, .policies = {.ctl = ctl}};
	bool json = false;
	int c, status;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'j')
			json = true;
		else if (c == 's')
			doctor.config = optarg;
		else if (c == 'f')
			doctor.address = optarg;
		else if (c == 'l')
			doctor.log = optarg;
		else
			return CTL_USAGE;
	}
	examine(&doctor, argc - optind, argv + optind);
	print(&doctor, json);
	status = findings_status(&doctor.found);
	forget(&doctor);
	return status;
}
