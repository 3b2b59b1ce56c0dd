#ifndef GK_DECLINE_H
#define GK_DECLINE_H

/*
 * A refusal in sftp's own words, since an sftp client never shows standard
 * error: answers INIT with VERSION and each request with PERMISSION_DENIED
 * and the text, until the client has gone or ten seconds have passed. Reads
 * hostile packets, keeps none of them, allocates nothing. For requests that
 * are known to be sftp: anything else would find noise in its output.
 */
void decline_sftp(int in, int out, const char *text);

#endif
