# SPDX-License-Identifier: BSD-2-Clause
# Keeps about `max` flows of each kind, all rows of a flow or none; with kinds.awk, over the same rows file twice.
BEGIN { srand(1); kind_load() }
FNR == 1 { pass++; for (i = 1; i <= NF; i++) column[$i] = i; if (pass == 2) print; next }
{ flow = $column["flow_id"]; kind = kind_of($column["src_ip"]) }
pass == 1 && !(flow in seen) { seen[flow]; flows[kind]++ }
pass == 2 && (flow in seen) { delete seen[flow]; keep[flow] = rand() * flows[kind] < max }
pass == 2 && keep[flow]
