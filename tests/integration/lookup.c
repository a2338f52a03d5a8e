/* SPDX-License-Identifier: Apache-2.0 */
/* What a program linked with musl learns of a name: the addresses that getaddrinfo gives, one a
 * line. Exits 2 where the name does not exist, 3 on any other failure. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
  struct addrinfo* found = NULL;
  const int code = getaddrinfo(argv[1], NULL, &hints, &found);
  if (code != 0) {
    fprintf(stderr, "%s\n", gai_strerror(code));
    return code == EAI_NONAME ? 2 : 3;
  }
  for (const struct addrinfo* each = found; each != NULL; each = each->ai_next) {
    char text[INET6_ADDRSTRLEN] = "";
    const void* address = each->ai_family == AF_INET
                              ? (const void*)&((struct sockaddr_in*)each->ai_addr)->sin_addr
                              : (const void*)&((struct sockaddr_in6*)each->ai_addr)->sin6_addr;
    puts(inet_ntop(each->ai_family, address, text, sizeof text));
  }
  freeaddrinfo(found);
  return 0;
}
