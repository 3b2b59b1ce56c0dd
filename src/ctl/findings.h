#ifndef GK_CTL_FINDINGS_H
#define GK_CTL_FINDINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum severity { ADVICE, WARNING, ERROR };

/* What is wrong, where. line 0: the file as a whole. */
struct finding {
	char *file;
	unsigned line;
	enum severity severity;
	char *text;
	size_t order; /* of discovery, among those of one line */
};

struct findings {
	struct finding *v;
	size_t n;
};

void findings_add(struct findings *, enum severity, const char *file,
    unsigned line, const char *, ...) __attribute__((format(printf, 5, 6)));
/* By file and line, each once. */
void findings_print(struct findings *, bool json);
/* The same as a JSON array; new. */
json_t *findings_json(struct findings *);
/* The exit status that they call for. */
int findings_status(const struct findings *);
void findings_free(struct findings *);

#endif
