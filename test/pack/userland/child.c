/* A program of the other userland: prints which libc it runs with and its environment. */
#include <stdio.h>

extern char **environ;

int main(void)
{
#ifdef __GLIBC__
	puts("libc=glibc");
#else
	puts("libc=musl");
#endif
	for (char **variable = environ; *variable != NULL; variable++)
		puts(*variable);
	return 0;
}
