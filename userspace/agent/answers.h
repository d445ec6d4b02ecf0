/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the answers that leave are seen, as egress companions come and go: settings.one_way. */
#ifndef ANSWERS_H
#define ANSWERS_H

#include "settings_store.h"

/* Writes into settings that are being changed what the interfaces show. Answers that are lost stay lost until all are seen. */
void answers_find(const struct datapath *dp, struct settings *s);

/* A companion is gone: the model's verdicts are enforced nowhere from now on. 0 or a negative errno; logs nothing. */
int answers_lose(const struct datapath *dp);

/* It is back: what was condemned and blocked meanwhile is void, and the warm-up begins anew. As above. */
int answers_regain(const struct datapath *dp);

#endif
