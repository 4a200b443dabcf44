/* Posts requests from a file over keep-alive connections and counts the answers, each one.
 *
 * load PORT FILE COUNT CONNECTIONS RATE
 *
 * FILE holds whole requests, each after its length in ten digits; they are sent in turn. RATE is requests a second,
 * each with its moment, so that a slow server does not slow the questions down (0: as fast as answers come). Where a
 * request holds "@@@@@@@@@@@@@@@@@@@" the moment of its sending is written, in nanoseconds since 1970.
 * Prints one JSON object, and the latency of each answer in microseconds as text to LATENCIES, if that is set.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MARK "@@@@@@@@@@@@@@@@@@@"
#define ANSWER 65536
#define STALLED 15000 /* milliseconds without any event: give up */

typedef struct { char *bytes; size_t length; char *mark; } Request;
typedef struct { int fd; Request *request; size_t sent, got; long long due; char answer[ANSWER]; } Connection;

static Request *requests;
static int kinds, poller, port, idle_count;
static Connection *connections, **idle;
static long count, begun, ended, ok, refused, broken;
static unsigned *latencies;

static void die(const char *what) { perror(what); exit(1); }

static long long now(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    return at.tv_sec * 1000000000LL + at.tv_nsec;
}

static void read_requests(const char *path) {
    FILE *file = fopen(path, "rb");
    char digits[11] = {0};
    if (!file) die(path);
    while (fread(digits, 1, 10, file) == 10) {
        requests = realloc(requests, sizeof(Request) * (kinds + 1));
        Request *one = &requests[kinds++];
        one->length = strtoul(digits, NULL, 10);
        one->bytes = malloc(one->length);
        if (fread(one->bytes, 1, one->length, file) != one->length) die("short file");
        one->mark = memmem(one->bytes, one->length, MARK, strlen(MARK));
    }
    fclose(file);
    if (!kinds) die("no request");
}

static void watch(Connection *one, int what, int how) {
    struct epoll_event event = {.events = what, .data.ptr = one};
    if (epoll_ctl(poller, how, one->fd, &event)) die("epoll_ctl");
}

static void open_connection(Connection *one) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(one->fd, (struct sockaddr *)&at, sizeof at)) die("connect");
    setsockopt(one->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    one->request = NULL;
    watch(one, EPOLLIN, EPOLL_CTL_ADD);
}

static void push(Connection *one) {
    while (one->sent < one->request->length) {
        ssize_t n = send(one->fd, one->request->bytes + one->sent, one->request->length - one->sent,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (n < 0) return; /* reading finds out that it is closed */
        one->sent += n;
    }
    watch(one, one->sent < one->request->length ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

static void begin(Connection *one, long long due) {
    one->request = &requests[begun++ % kinds];
    one->sent = one->got = 0;
    one->due = due;
    if (one->request->mark) {
        char digits[24];
        snprintf(digits, sizeof digits, "%019lld", now(CLOCK_REALTIME));
        memcpy(one->request->mark, digits, strlen(MARK));
    }
    push(one);
}

static void end(Connection *one, int status) {
    *(status == 200 ? &ok : status > 0 ? &refused : &broken) += 1;
    latencies[ended++] = (unsigned)((now(CLOCK_MONOTONIC) - one->due) / 1000);
    one->request = NULL;
    idle[idle_count++] = one;
}

/* Returns the status once the answer is whole, 0 while it is not, -1 where it is none. */
static int status_of(Connection *one) {
    one->answer[one->got] = 0;
    char *body = strstr(one->answer, "\r\n\r\n");
    if (!body) return 0;
    char *length = strcasestr(one->answer, "\r\nContent-Length:");
    if (!length || length > body) return -1;
    if (one->answer + one->got < body + 4 + strtoul(length + 17, NULL, 10)) return 0;
    return atoi(one->answer + 9);
}

static void pull(Connection *one) {
    ssize_t n = recv(one->fd, one->answer + one->got, ANSWER - 1 - one->got, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) {
        int asked = one->request != NULL;
        close(one->fd);
        if (asked) end(one, -1);
        open_connection(one);
        return;
    }
    one->got += n;
    int status = one->request ? status_of(one) : 0;
    if (status) end(one, status);
    if (status && strcasestr(one->answer, "\r\nConnection: close")) {
        close(one->fd);
        open_connection(one);
    }
}

static void wait_for(int timer, long long started, long rate) {
    struct epoll_event events[256];
    if (rate && begun < count && idle_count) { /* wake for the next moment, not only for answers */
        long long due = started + begun * 1000000000LL / rate;
        struct itimerspec at = {.it_value = {due / 1000000000LL, due % 1000000000LL}};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
    }
    int n = epoll_wait(poller, events, 256, STALLED);
    if (n == 0) broken += begun - ended, count = ended; /* nobody answers any more */
    for (int i = 0; i < n; i++) {
        Connection *one = events[i].data.ptr;
        long long ticks;
        if (!one) { if (read(timer, &ticks, sizeof ticks) < 0) continue; }
        else if (events[i].events & EPOLLOUT && one->request) push(one);
        if (one && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) pull(one);
    }
}

static void report(double seconds) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    printf("{\"ok\": %ld, \"refused\": %ld, \"broken\": %ld, \"seconds\": %.6f, \"cpu\": %.6f}\n", ok, refused, broken,
           seconds, cpu);
    if (getenv("LATENCIES")) {
        FILE *file = fopen(getenv("LATENCIES"), "w");
        if (!file) die("LATENCIES");
        for (long i = 0; i < ended; i++) fprintf(file, "%u\n", latencies[i]);
        fclose(file);
    }
}

int main(int argc, char **argv) {
    if (argc != 6) { fprintf(stderr, "usage: load PORT FILE COUNT CONNECTIONS RATE\n"); return 2; }
    int wanted = atoi(argv[4]), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    long rate = atol(argv[5]);
    port = atoi(argv[1]), count = atol(argv[3]), poller = epoll_create1(0);
    read_requests(argv[2]);
    latencies = malloc(sizeof(unsigned) * (count + 1));
    connections = calloc(wanted, sizeof(Connection)), idle = calloc(wanted, sizeof(Connection *));
    for (int i = 0; i < wanted; i++) open_connection(&connections[i]), idle[idle_count++] = &connections[i];
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event);
    long long started = now(CLOCK_MONOTONIC);
    while (ended < count) {
        while (idle_count && begun < count) {
            long long due = rate ? started + begun * 1000000000LL / rate : now(CLOCK_MONOTONIC);
            if (due > now(CLOCK_MONOTONIC)) break;
            begin(idle[--idle_count], due);
        }
        wait_for(timer, started, rate);
    }
    report((now(CLOCK_MONOTONIC) - started) / 1e9);
    return 0;
}
