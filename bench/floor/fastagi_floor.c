/* The floor: a FastAGI server with no logic at all. It sends the lines of a file, one a reply, and closes.
 *
 * usage: fastagi_floor PORT COMMANDS-FILE
 * One process, one epoll loop, 127.0.0.1 only. Nothing written in Python can need less.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_COMMANDS = 64, LINE = 8192 };

struct call {
    int fd;
    int next;            /* command to send; -1 while the environment is read */
    size_t used;
    char buffer[LINE];
};

static char *commands[MAX_COMMANDS];
static int command_count;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void load_commands(const char *path) {
    FILE *file = fopen(path, "r");
    char line[LINE];
    if (!file) die(path);
    while (command_count < MAX_COMMANDS && fgets(line, sizeof line, file))
        if (line[0] != '\n') commands[command_count++] = strdup(line);
    fclose(file);
}

static int listen_on(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 512)) die("listen");
    return fd;
}

static void end_call(struct call *call) {
    close(call->fd);
    free(call);
}

/* Send the next command; 0 when there is none left or the peer is gone. */
static int advance(struct call *call) {
    if (++call->next >= command_count) return 0;
    return send(call->fd, commands[call->next], strlen(commands[call->next]), MSG_NOSIGNAL) > 0;
}

static int take_line(struct call *call, const char *line) {
    if (call->next < 0 && line[0] != '\0') return 1; /* the environment ends with an empty line */
    if (strncmp(line, "HANGUP", 6) == 0) return 0;
    return advance(call);
}

static int take_bytes(struct call *call) {
    char *start, *end;
    ssize_t got = recv(call->fd, call->buffer + call->used, sizeof call->buffer - 1 - call->used, 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    call->used += (size_t)got;
    call->buffer[call->used] = '\0';
    start = call->buffer;
    while ((end = strchr(start, '\n'))) {
        *end = '\0';
        if (!take_line(call, start)) return 0;
        start = end + 1;
    }
    call->used -= (size_t)(start - call->buffer);
    memmove(call->buffer, start, call->used);
    return call->used < sizeof call->buffer - 1;
}

static void accept_calls(int listener, int loop) {
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct call *call = calloc(1, sizeof *call);
        struct epoll_event wanted = {.events = EPOLLIN, .data.ptr = call};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        call->fd = fd;
        call->next = -1;
        epoll_ctl(loop, EPOLL_CTL_ADD, fd, &wanted);
    }
}

int main(int argc, char **argv) {
    struct epoll_event events[64], wanted = {.events = EPOLLIN};
    int listener, loop = epoll_create1(0);
    if (argc != 3) {
        fprintf(stderr, "usage: %s PORT COMMANDS-FILE\n", argv[0]);
        return 2;
    }
    load_commands(argv[2]);
    listener = listen_on(atoi(argv[1]));
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &wanted);
    for (;;) {
        int i, ready = epoll_wait(loop, events, 64, -1);
        for (i = 0; i < ready; i++) {
            struct call *call = events[i].data.ptr;
            if (!call) accept_calls(listener, loop);
            else if (!take_bytes(call)) end_call(call);
        }
    }
}
