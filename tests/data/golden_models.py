# SPDX-License-Identifier: BSD-2-Clause
"""Makes the tiny models beside this file: golden_models.py FOLDER, once with each xgboost version wanted.

Each is saved as JSON and UBJSON by the installed xgboost, with the margins that it predicts for golden-rows.csv.
The tests/interop environments have what it needs: build/interop/xgboost-3.2.0/bin/python tests/data/golden_models.py ...
"""
import sys
import numpy
import xgboost

NAMES = ["fpk", "len_max", "ans", "s_unans_short"]
ROWS = 40

folder = sys.argv[1]
random = numpy.random.default_rng(7)
values = numpy.column_stack([
    random.integers(1, 30, ROWS), random.integers(40, 1500, ROWS), random.integers(0, 2, ROWS),
    random.integers(0, 200, ROWS)])
labels = (values[:, 3] > 150) & (values[:, 2] == 0)

with open(f"{folder}/golden-rows.csv", "w") as out:
    out.write("flow_id,time,src_ip,src_port,dest_ip,dest_port,proto,vlan,packets," + ",".join(NAMES) + "\n")
    for i, row in enumerate(values):
        out.write(f"{i + 1},{1700000000 + i}.000000,192.0.2.7,40000,198.51.100.1,80,6,0,4,{','.join(map(str, row))}\n")

matrix = xgboost.DMatrix(values.astype(numpy.float32), labels.astype(int), feature_names=NAMES)
booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3, "min_child_weight": 0, "base_score": 0.05,
                         "nthread": 1}, matrix, 5)
stem = f"{folder}/golden-{xgboost.__version__}"
booster.save_model(stem + ".json")
booster.save_model(stem + ".ubj")
with open(stem + ".csv", "w") as out:
    out.write("margin\n" + "".join(f"{m:.9g}\n" for m in booster.predict(matrix, output_margin=True)))
