/*
 * datagrams ADDRESS PORT COUNT [early]: prints its process id, waits for a line, sends COUNT datagrams of one byte, and ends with 0. With "early" it
 * makes its socket before it waits. Calls that fail (a packet dropped on the way out is EPERM) are counted; it prints how many were not.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char line[64];
	int s = -1, sent = 0;
	struct sockaddr_in to = {.sin_family = AF_INET};

	if (argc < 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons(atoi(argv[2]));
	if (argc > 4)
		s = socket(AF_INET, SOCK_DGRAM, 0);
	printf("%d\n", getpid());
	fflush(stdout);
	if (read(0, line, sizeof line) <= 0)
		return 3;
	if (s < 0)
		s = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < atoi(argv[3]); i++)
		sent += sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof to) == 1;
	printf("%d\n", sent);
	return 0;
}
