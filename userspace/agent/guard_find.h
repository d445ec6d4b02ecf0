/* SPDX-License-Identifier: BSD-2-Clause */
/* Whom the management guard is for: default gateways, and who is logged in from afar. */
#ifndef GUARD_FIND_H
#define GUARD_FIND_H

#include "list_tables.h"

/* The reasons that entries get. */
#define GUARD_GATEWAY "default gateway"
#define GUARD_SESSION "login session"

/* Each adds what it finds to `items`; what cannot be read holds nothing. */
void guard_find_gateways(const char *proc_net, struct list_items *items); /* a folder: /proc/net */
void guard_find_utmp(const char *path, struct list_items *items);	  /* NULL: the system's */
void guard_find_logind(const char *folder, struct list_items *items);	  /* /run/systemd/sessions */
void guard_find_connection(const char *ssh_connection, struct list_items *items); /* the variable; may be NULL */

#endif
