/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where CPUs can be interleaved: before every atomic operation of the generic
 * code. A macro of a builtin's name does not expand within itself, so what is
 * done stays the compiler's own atomic.
 */
#ifndef HOST_POINTS_H
#define HOST_POINTS_H

/* Another CPU may go on here, where a test asked for that */
void host_point(void);

#define __atomic_load_n(p, o) (host_point(), __atomic_load_n(p, o))
#define __atomic_store_n(p, v, o) (host_point(), __atomic_store_n(p, v, o))
#define __atomic_exchange_n(p, v, o) (host_point(), __atomic_exchange_n(p, v, o))
#define __atomic_fetch_add(p, v, o) (host_point(), __atomic_fetch_add(p, v, o))
#define __atomic_fetch_or(p, v, o) (host_point(), __atomic_fetch_or(p, v, o))
#define __atomic_fetch_and(p, v, o) (host_point(), __atomic_fetch_and(p, v, o))
#define __atomic_compare_exchange_n(p, e, d, w, s, f) \
	(host_point(), __atomic_compare_exchange_n(p, e, d, w, s, f))

#endif
