/* The one Linux call that takes a variable number of arguments, which Swift cannot import. */
#include <sys/prctl.h>

/* Whether this process is closed now: no core dump, and /proc and ptrace show nothing of it to its own user. */
static inline int countersign_close_process(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0; }
