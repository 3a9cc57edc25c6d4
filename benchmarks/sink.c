/* An SMTP server that takes every mail and keeps none: what is left is the sender's own time.
 * Prints its port, serves as many connections as it is told, one by one, or else one, and prints how
 * many mails it took. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static int reply(int line, const char *text) {
    return write(line, text, strlen(text)) < 0 ? -1 : 0;
}

static char read_in[1 << 20];

/* Serves one connection until it ends, and returns how many mails it took. */
static long serve(int line) {
    size_t held = 0;
    long taken = 0;
    int in_data = 0;

    reply(line, "220 sink\r\n");
    for (;;) {
        ssize_t more = read(line, read_in + held, sizeof read_in - held);
        if (more <= 0)
            return taken;
        held += (size_t)more;
        for (;;) {
            const char *mark = in_data ? "\r\n.\r\n" : "\r\n";
            char *end = memmem(read_in, held, mark, strlen(mark));
            if (!end)
                break;
            size_t used = (size_t)(end - read_in) + strlen(mark);
            if (in_data) {
                in_data = 0;
                taken++;
                reply(line, "250 taken\r\n");
            } else if (!strncasecmp(read_in, "data", 4)) {
                in_data = 1;
                reply(line, "354 go on\r\n");
            } else if (!strncasecmp(read_in, "quit", 4)) {
                reply(line, "221 bye\r\n");
            } else if (!strncasecmp(read_in, "ehlo", 4)) {
                reply(line, "250-sink\r\n250 PIPELINING\r\n");
            } else {
                reply(line, "250 ok\r\n");
            }
            memmove(read_in, read_in + used, held - used);
            held -= used;
        }
    }
}

int main(int count, char **words) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int connections = count > 1 ? atoi(words[1]) : 1, on = 1;
    long taken = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1))
        return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    while (connections--) {
        int line = accept(listener, NULL, NULL);
        setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        taken += serve(line);
        close(line);
    }
    printf("%ld\n", taken);
    return 0;
}
