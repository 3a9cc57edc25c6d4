/* An SMTP server that takes every mail of one connection and keeps none: what is left is the
 * sender's own time. Prints its port, serves one connection, prints how many mails it took. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static int reply(int line, const char *text) {
    return write(line, text, strlen(text)) < 0 ? -1 : 0;
}

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    static char read_in[1 << 20];
    size_t held = 0;
    long taken = 0;
    int in_data = 0, on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1))
        return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    int line = accept(listener, NULL, NULL);
    setsockopt(line, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    reply(line, "220 sink\r\n");
    for (;;) {
        ssize_t more = read(line, read_in + held, sizeof read_in - held);
        if (more <= 0)
            break;
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
    printf("%ld\n", taken);
    return 0;
}
