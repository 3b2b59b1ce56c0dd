#ifndef GK_TREE_H
#define GK_TREE_H

/*
 * Sends a signal to every process that descends from this one, whatever
 * session it has put itself into. As a subreaper, this process is who the
 * orphans among them fall to. How many there were; a process that ends meanwhile may
 * have started another: with SIGKILL, again until there are none. What has
 * ended and was not waited for is none. -1 with errno when /proc cannot be
 * read.
 */
int tree_signal(int sig);

#endif
