/*
 * The load of `x0t bench relay`: one thread on epoll, so that the systems measured get the machine. Compiled by bench/relay/load.ts.
 *
 *   load serve                 an HTTP origin on 127.0.0.1; prints its port. GET /N answers N bytes of a known pattern
 *   load get key=value...      requests, each answer compared with the pattern; prints one line of JSON
 *   load hold key=value...     opens streams and leaves them idle; prints how many stand, ends with its standard input
 *   load tied program args...  becomes a program that dies with whoever started it
 *
 * Keys: to=PORT of the origin, or of what leads to it; socks=PORT[,PORT...] asked one after the other; user=NAME (RFC 1929);
 * bytes=N of one answer; conns=N at once; keep=1 one connection for many requests; requests=N; seconds=S, whichever is first.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* A prime: no buffer size divides it, so bytes that were swapped or left out never fit. */
#define PATTERN 1048573
#define READ_MAX (1 << 18)
#define MAX_HOPS 8
#define MAX_ERRORS 1000
#define WARM_SECONDS 20

enum phase { CONNECTING, METHOD, PASSWORD, REPLY, HEAD, BODY };

struct conn {
	int fd;
	enum phase phase;
	int hop;             /* SOCKS servers passed */
	size_t have;         /* bytes in `small` */
	char small[2048];    /* handshake answers, request or response head */
	long left, at;       /* of the body: bytes to come (or to send), place in the pattern */
	int keep;
	double began, first;
};

static struct {
	int socks[MAX_HOPS], hops, to, keep;
	const char *user;
	long bytes, conns, requests;
	double seconds;
} opt = {.conns = 1, .bytes = 1000, .seconds = 10};

static char *pattern; /* twice, so that any start has PATTERN bytes to go */
static char input[READ_MAX];
static int poller, holding;
static long done, errors, received, warm;
static double startedAt, lastAt, deadline, *latency, *firstByte;
static size_t room;

static double now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *why) {
	fprintf(stderr, "load: %s: %s\n", why, strerror(errno));
	exit(1);
}

static void makePattern(void) {
	unsigned x = 2463534242u;
	pattern = malloc(2 * PATTERN);
	for (int i = 0; i < PATTERN; i++) {
		x ^= x << 13, x ^= x >> 17, x ^= x << 5;
		pattern[i] = pattern[i + PATTERN] = (char)x;
	}
}

static void watch(int op, struct conn *c, unsigned events) {
	struct epoll_event e = {.events = events, .data.ptr = c};
	if (epoll_ctl(poller, op, c->fd, &e) < 0) die("epoll");
}

static void noDelay(int fd) {
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

/* ---- the origin ---- */

static void hangUp(struct conn *c) {
	close(c->fd);
	free(c);
}

/* Sends what is left of the head in `small` and of the body. Returns 0 once the connection is gone. */
static int answer(struct conn *c) {
	while (c->have > 0 || c->left > 0) {
		struct iovec part[2] = {{c->small, c->have}, {pattern + c->at, c->left < PATTERN ? c->left : PATTERN}};
		ssize_t n = writev(c->fd, part, 2);
		if (n < 0 && errno == EAGAIN) return 1;
		if (n < 0) return hangUp(c), 0;
		size_t head = (size_t)n < c->have ? (size_t)n : c->have;
		memmove(c->small, c->small + head, c->have - head);
		c->have -= head;
		c->left -= n - head;
		c->at = (c->at + n - head) % PATTERN;
	}
	c->phase = HEAD;
	if (!c->keep) return shutdown(c->fd, SHUT_WR), c->phase = BODY, 1;
	return 1;
}

static void originEvent(struct conn *c, unsigned events) {
	if ((events & EPOLLOUT) && (c->have > 0 || c->left > 0) && c->phase == REPLY && !answer(c)) return;
	for (;;) {
		/* One request at a time; afterwards only the end is awaited. */
		if (c->phase == REPLY) return;
		char *to = c->phase == HEAD ? c->small + c->have : input;
		ssize_t n = read(c->fd, to, c->phase == HEAD ? sizeof c->small - 1 - c->have : sizeof input);
		if (n < 0 && errno == EAGAIN) return;
		if (n <= 0) return hangUp(c);
		if (c->phase == BODY) continue;
		c->have += n;
		c->small[c->have] = 0;
		if (strstr(c->small, "\r\n\r\n") == NULL) {
			if (c->have >= sizeof c->small - 1) return hangUp(c);
			continue;
		}
		if (sscanf(c->small, "GET /%ld ", &c->left) != 1) return hangUp(c);
		c->keep = strcasestr(c->small, "connection: close") == NULL;
		c->at = 0;
		c->phase = REPLY;
		c->have = snprintf(c->small, sizeof c->small, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\nConnection: %s\r\n\r\n", c->left, c->keep ? "keep-alive" : "close");
		if (!answer(c)) return;
	}
}

static _Noreturn void serve(void) {
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (bind(listener, (void *)&a, size) < 0 || listen(listener, 4096) < 0 || getsockname(listener, (void *)&a, &size) < 0) die("listen");
	struct conn door = {.fd = listener};
	watch(EPOLL_CTL_ADD, &door, EPOLLIN);
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	for (;;) {
		struct epoll_event e[256];
		int n = epoll_wait(poller, e, 256, -1);
		for (int i = 0; i < n; i++) {
			if (e[i].data.ptr != &door) {
				originEvent(e[i].data.ptr, e[i].events);
				continue;
			}
			for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
				struct conn *c = calloc(1, sizeof *c);
				c->fd = fd;
				c->phase = HEAD;
				noDelay(fd);
				watch(EPOLL_CTL_ADD, c, EPOLLIN | EPOLLOUT | EPOLLET);
			}
		}
	}
}

/* ---- the client ---- */

static void begin(struct conn *c);

static void failed(struct conn *c, const char *why) {
	if (++errors == MAX_ERRORS || getenv("LOAD_VERBOSE")) fprintf(stderr, "load: %s (%s)\n", why, strerror(errno));
	if (errors >= MAX_ERRORS) exit(1);
	close(c->fd);
	begin(c);
}

static void say(struct conn *c, const void *bytes, size_t count) {
	if (write(c->fd, bytes, count) != (ssize_t)count) failed(c, "write");
}

static void request(struct conn *c) {
	char head[160];
	int n = snprintf(head, sizeof head, "GET /%ld HTTP/1.1\r\nHost: origin\r\nConnection: %s\r\n\r\n", opt.bytes, opt.keep ? "keep-alive" : "close");
	if (opt.keep) c->began = now();
	c->phase = HEAD;
	c->have = 0;
	c->first = 0;
	say(c, head, n);
}

/* The next SOCKS server of the chain, or the request. */
static void goOn(struct conn *c) {
	static const char open[] = {5, 1, 0}, withName[] = {5, 1, 2};
	c->have = 0;
	if (c->hop == opt.hops) return request(c);
	c->phase = METHOD;
	say(c, opt.user ? withName : open, 3);
}

static void askConnect(struct conn *c) {
	int port = c->hop + 1 < opt.hops ? opt.socks[c->hop + 1] : opt.to;
	char ask[10] = {5, 1, 0, 1, 127, 0, 0, 1, (char)(port >> 8), (char)port};
	c->phase = REPLY;
	c->have = 0;
	say(c, ask, sizeof ask);
}

static void begin(struct conn *c) {
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(opt.hops ? opt.socks[0] : opt.to)};
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd < 0) die("socket");
	noDelay(c->fd);
	c->phase = CONNECTING;
	c->hop = 0;
	c->have = 0;
	c->keep = 0;
	c->began = now();
	if (connect(c->fd, (void *)&a, sizeof a) < 0 && errno != EINPROGRESS) die("connect");
	watch(EPOLL_CTL_ADD, c, EPOLLIN | EPOLLOUT | EPOLLET);
}

static void handshake(struct conn *c) {
	const unsigned char *b = (void *)c->small;
	if (c->have < 2) return;
	if (c->phase == METHOD) {
		if (b[1] == 2 && opt.user) {
			char auth[300];
			size_t n = strlen(opt.user);
			auth[0] = 1, auth[1] = (char)n, auth[2 + n] = 1, auth[3 + n] = 'x';
			memcpy(auth + 2, opt.user, n);
			c->phase = PASSWORD;
			c->have = 0;
			say(c, auth, n + 4);
		} else if (b[1] == 0) askConnect(c);
		else failed(c, "no method");
	} else if (c->phase == PASSWORD) {
		if (b[1] == 0) askConnect(c);
		else failed(c, "password");
	} else {
		if (b[1] != 0) return failed(c, "SOCKS refused");
		if (c->have < 5) return;
		size_t address = b[3] == 1 ? 4 : b[3] == 4 ? 16 : 1 + b[4];
		if (c->have < 6 + address) return;
		c->hop++;
		goOn(c);
	}
}

static void finished(struct conn *c) {
	double t = now();
	if (opt.keep && !c->keep) {
		/* Connections stand before the clock runs. */
		c->keep = 1;
		if (++warm == opt.conns) startedAt = t, deadline = t + opt.seconds;
		if (holding) return;
	}
	if (!opt.keep || warm >= opt.conns) {
		if ((size_t)done == room) {
			room = room ? 2 * room : 4096;
			latency = realloc(latency, room * sizeof *latency);
			firstByte = realloc(firstByte, room * sizeof *firstByte);
		}
		latency[done] = t - c->began;
		firstByte[done++] = c->first - c->began;
	}
	lastAt = t;
	if (opt.keep) return request(c);
	close(c->fd);
	begin(c);
}

static void body(struct conn *c, const char *bytes, long n) {
	if (n > c->left || memcmp(bytes, pattern + c->at, n) != 0) {
		fprintf(stderr, "load: the answer is not what the origin sent\n");
		exit(3);
	}
	c->left -= n;
	c->at = (c->at + n) % PATTERN;
	received += n;
	lastAt = now();
	if (c->left == 0) finished(c);
}

static void head(struct conn *c) {
	c->small[c->have] = 0;
	char *end = strstr(c->small, "\r\n\r\n"), *length = strcasestr(c->small, "content-length:");
	if (end == NULL) return;
	if (length == NULL || atol(length + 15) != opt.bytes) return failed(c, "wrong answer");
	c->left = opt.bytes;
	c->at = 0;
	c->phase = BODY;
	body(c, end + 4, c->small + c->have - (end + 4));
}

static void clientEvent(struct conn *c, unsigned events) {
	int fd = c->fd;
	if (c->phase == CONNECTING) {
		int error = 0;
		socklen_t size = sizeof error;
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
		if (error) return errno = error, failed(c, "connect");
		if (!(events & EPOLLOUT)) return;
		goOn(c);
	}
	/* A finished request may have closed it and begun anew. */
	while (c->fd == fd && c->phase != CONNECTING) {
		char *to = c->phase == BODY ? input : c->small + c->have;
		ssize_t n = read(fd, to, c->phase == BODY ? sizeof input : sizeof c->small - 1 - c->have);
		if (n < 0 && errno == EAGAIN) return;
		if (n <= 0) return failed(c, "closed early");
		if ((c->phase == HEAD || c->phase == BODY) && c->first == 0) c->first = now();
		if (c->phase == BODY) {
			body(c, input, n);
			continue;
		}
		c->have += n;
		if (c->phase == HEAD) head(c);
		else handshake(c);
	}
}

static int ascending(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double quantile(double *sorted, double q) {
	return done ? sorted[(long)(q * (done - 1) + 0.5)] * 1e3 : 0;
}

static int get(void) {
	struct conn *conns = calloc(opt.conns, sizeof *conns);
	startedAt = now();
	deadline = startedAt + opt.seconds + (opt.keep ? WARM_SECONDS : 0);
	for (long i = 0; i < opt.conns; i++) begin(conns + i);
	while (now() < deadline && !(opt.requests && done >= opt.requests)) {
		struct epoll_event e[256];
		int n = epoll_wait(poller, e, 256, 50);
		for (int i = 0; i < n && !(opt.requests && done >= opt.requests); i++) clientEvent(e[i].data.ptr, e[i].events);
	}
	double seconds = (lastAt > startedAt ? lastAt : now()) - startedAt;
	qsort(latency, done, sizeof *latency, ascending);
	qsort(firstByte, done, sizeof *firstByte, ascending);
	printf("{\"requests\":%ld,\"errors\":%ld,\"bytes\":%ld,\"seconds\":%.6f,\"p50Ms\":%.3f,\"p95Ms\":%.3f,\"p99Ms\":%.3f,\"ttfbP50Ms\":%.3f,\"ttfbP99Ms\":%.3f}\n",
		done, errors, received, seconds, quantile(latency, .5), quantile(latency, .95), quantile(latency, .99), quantile(firstByte, .5), quantile(firstByte, .99));
	return 0;
}

static int hold(void) {
	struct conn *conns = calloc(opt.conns, sizeof *conns);
	long begun = 0;
	opt.keep = holding = 1;
	deadline = now() + opt.seconds;
	while (warm < opt.conns && now() < deadline) {
		/* A few at a time: what is measured is what stands, not how fast it was opened. */
		while (begun < opt.conns && begun < warm + 8) begin(conns + begun++);
		struct epoll_event e[64];
		int n = epoll_wait(poller, e, 64, 50);
		for (int i = 0; i < n; i++)
			if (!((struct conn *)e[i].data.ptr)->keep) clientEvent(e[i].data.ptr, e[i].events);
	}
	printf("{\"standing\":%ld,\"errors\":%ld}\n", warm, errors);
	fflush(stdout);
	char byte;
	while (read(0, &byte, 1) > 0) continue;
	return warm == opt.conns ? 0 : 1;
}

static void parse(char *pair) {
	char *value = strchr(pair, '=');
	if (value == NULL) errno = EINVAL, die(pair);
	*value++ = 0;
	if (!strcmp(pair, "to")) opt.to = atoi(value);
	else if (!strcmp(pair, "user")) opt.user = value;
	else if (!strcmp(pair, "bytes")) opt.bytes = atol(value);
	else if (!strcmp(pair, "conns")) opt.conns = atol(value);
	else if (!strcmp(pair, "keep")) opt.keep = atoi(value);
	else if (!strcmp(pair, "requests")) opt.requests = atol(value);
	else if (!strcmp(pair, "seconds")) opt.seconds = atof(value);
	else if (!strcmp(pair, "socks"))
		for (char *p = strtok(value, ","); p && opt.hops < MAX_HOPS; p = strtok(NULL, ",")) opt.socks[opt.hops++] = atoi(p);
	else errno = EINVAL, die(pair);
}

int main(int count, char **words) {
	signal(SIGPIPE, SIG_IGN);
	const char *act = count > 1 ? words[1] : "";
	if (!strcmp(act, "tied") && count > 2) {
		signal(SIGPIPE, SIG_DFL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execvp(words[2], words + 2);
		die(words[2]);
	}
	/* The origin and the load end with the benchmark too. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 2; i < count; i++) parse(words[i]);
	poller = epoll_create1(0);
	makePattern();
	if (!strcmp(act, "serve")) serve();
	if (!strcmp(act, "get")) return get();
	if (!strcmp(act, "hold")) return hold();
	fprintf(stderr, "load: serve, get, hold or tied\n");
	return 2;
}
