#ifndef GK_AMBIGUOUS_H
#define GK_AMBIGUOUS_H

struct automaton;
struct fault;

/*
 * Returns 0 when no list of words can be read in two ways: no two different
 * assignments of its words to the elements. Else -1 with WHY_POLICY and the
 * two elements between which the readings part. May refuse when types only
 * seem to share a word, never the other way round.
 */
int ambiguous_check(const struct automaton *, struct fault *);

#endif
