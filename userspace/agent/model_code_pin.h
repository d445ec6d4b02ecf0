/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel empties a program array some time after the last descriptor and pin of it are gone. So a datapath's is pinned
 * below /sys/fs/bpf/hedgerow for as long as it is attached; without a pin the tables are walked once the agent is gone.
 */
#ifndef MODEL_CODE_PIN_H
#define MODEL_CODE_PIN_H

#include "datapath.h"

/* Also takes away pins whose datapath is gone. Returns 0, also where there is one, or a negative errno. Logs nothing. */
int model_code_pin(const struct datapath *dp);

/* For who takes a datapath off its last interface. Logs nothing. */
void model_code_unpin(const struct datapath *dp);

/* Takes away the pins whose datapath is gone: interfaces can vanish with it, and `ip link` takes programs off. Logs nothing. */
void model_code_pins_sweep(void);

#endif
