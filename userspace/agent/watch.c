// SPDX-License-Identifier: BSD-2-Clause
/* The loop: waits for the rings, the timer and signals. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "log.h"
#include "watch.h"

static int epoll_add(int epoll, int fd)
{
	struct epoll_event interest = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest) ? -errno : 0;
}

static sigset_t signals_awaited(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	return set;
}

void watch_hold_signals(void)
{
	sigset_t set = signals_awaited();

	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN); /* a log that nobody reads is a line that cannot be written, no more */
	signal(SIGXFSZ, SIG_IGN);
}

static int signals_open(void)
{
	sigset_t set = signals_awaited();

	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int timer_open(unsigned long long period_ns)
{
	struct timespec period = { period_ns / SECOND_NS, period_ns % SECOND_NS };
	struct itimerspec when = { .it_interval = period, .it_value = period };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0)
		timerfd_settime(fd, 0, &when, NULL);
	return fd;
}

/* Returns 1 to stop. */
static int signal_take(struct watch *w, int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo != SIGHUP)
		return 1;
	verdict_log_flush(&w->log);
	verdict_log_reopen(&w->log);
	log_info("%s: reopened", w->log.options.path);
	return 0;
}

/* Handles one arrival. Returns 0, 1 to stop, or a negative errno. */
static int arrival_take(struct watch *w, int fd, int signals, int timer)
{
	uint64_t ticks;

	if (fd == signals)
		return signal_take(w, fd);
	if (fd == timer)
		return read(fd, &ticks, sizeof(ticks)) == sizeof(ticks) ? watch_poll(w) : 0;
	events_consume(w->rings, &w->handlers);
	return 0;
}

static int watch_loop(struct watch *w, int epoll, int signals, int timer)
{
	for (;;) {
		struct epoll_event event;
		int n = epoll_wait(epoll, &event, 1, -1);
		int result = n == 1 ? arrival_take(w, event.data.fd, signals, timer) : 0;

		if (n < 0 && errno != EINTR)
			return -errno;
		if (result)
			return result < 0 ? result : 0;
	}
}

static void fd_close(int fd)
{
	if (fd >= 0)
		close(fd);
}

int watch_run(struct watch *w)
{
	int signals = signals_open(), timer = timer_open(w->poll_ns), epoll = epoll_create1(EPOLL_CLOEXEC), err;

	if (signals < 0 || timer < 0 || epoll < 0)
		err = -errno;
	else
		err = watch_listen(w) ?: epoll_add(epoll, signals) ?: epoll_add(epoll, timer) ?:
		      epoll_add(epoll, ring_buffer__epoll_fd(w->rings));
	if (err)
		log_error("the agent cannot listen to its program: %s", strerror(-err));
	else
		err = watch_loop(w, epoll, signals, timer);
	fd_close(signals);
	fd_close(timer);
	fd_close(epoll);
	return err;
}
