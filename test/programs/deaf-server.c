/*
 * deaf-server: listens and never accepts, with its queue full: clients wait.
 *
 *   deaf-server PATH      at a stream socket there; without PATH at a port of 127.0.0.1, which it prints
 *
 * It prints `listens PORT` (0 for a path) once nobody can connect any more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int count, char **arguments) {
    struct sockaddr_in port = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct sockaddr *address = (struct sockaddr *)&port;
    socklen_t size = sizeof port;
    if (count > 1) {
        strncpy(path.sun_path, arguments[1], sizeof path.sun_path - 1);
        address = (struct sockaddr *)&path;
        size = sizeof path;
    }
    int server = socket(address->sa_family, SOCK_STREAM, 0);
    if (bind(server, address, size) || listen(server, 0)) return 95;
    if (count < 2 && getsockname(server, address, &size)) return 95;
    /* A queue of 0 takes one that is connected; what comes then is not answered, or waits. */
    for (int i = 0; i < 4; i++) {
        int client = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(client, address, size) == 0) continue;
        if (errno == EAGAIN) break;
        if (errno != EINPROGRESS) return 95;
        struct pollfd connected = {client, POLLOUT, 0};
        if (poll(&connected, 1, 200) == 0) break;
    }
    printf("listens %d\n", count > 1 ? 0 : ntohs(port.sin_port));
    fflush(stdout);
    pause();
    return 0;
}
