#ifndef TEST_PARSED_H
#define TEST_PARSED_H

/* A policy, or settings, from a text that must be good. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expand.h"
#include "policy.h"
#include "settings.h"
#include "why.h"

static inline void
parsed_policy(struct policy *policy, const char *text)
{
	const struct timespec mtime = {1234567890, 5};
	struct fault fault = {0};

	if (policy_parse(policy, "keys/x.ini", text, strlen(text), mtime,
		&(struct names) {"x", "store"}, &fault) == -1)
		fail_msg("%s%u: %s", text, fault.line, fault.text);
	assert_int_equal(fault.why, WHY_UNDECIDED);
}

static inline void
parsed_settings(struct settings *settings, const char *text)
{
	struct fault fault = {0};

	if (settings_parse(settings, text, strlen(text), &fault) == -1)
		fail_msg("%s%u: %s", text, fault.line, fault.text);
}

#endif
