/* SPDX-License-Identifier: BSD-2-Clause */
/* What a service manager that asked to be told is told, as systemd's sd_notify(3) has it. */
#ifndef SERVICE_H
#define SERVICE_H

/* "READY=1", "STOPPING=1". Does nothing where nobody asked; what cannot be told is not worth a word. */
void service_tell(const char *state);

#endif
