# SPDX-License-Identifier: BSD-2-Clause
"""Makes the tiny models below golden/: golden_models.py FOLDER, once with each xgboost version wanted.

Each is saved by the installed xgboost as FOLDER/VERSION/NAME.json and .ubj, with the margins that it predicts itself for
FOLDER/rows.csv as NAME.csv. tests/interop has what it needs, makes them again and compares.
"""
import os
import sys
import numpy
import xgboost

NAMES = ["fpk", "len_max", "ans", "s_unans_short"]
ROWS = 40

# name: parameters, rounds
MODELS = {
    "logistic": ({"objective": "binary:logistic", "base_score": 0.05}, 5),
    "hinge": ({"objective": "binary:hinge"}, 5),
    "forest": ({"objective": "binary:logistic", "num_parallel_tree": 3, "subsample": 0.7, "base_score": 0.5,
                "seed": 1}, 2),
    "dart": ({"objective": "binary:logistic", "booster": "dart", "rate_drop": 0.4, "base_score": 0.2, "seed": 2}, 6),
    "linear": ({"objective": "binary:logistic", "booster": "gblinear", "updater": "coord_descent", "base_score": 0.3}, 5),
    "gaps": ({"objective": "binary:logistic", "base_score": 0.4}, 4),
    # the base score is estimated for each class where the version can
    "classes": ({"objective": "multi:softprob", "num_class": 3}, 3),
    "linear_classes": ({"objective": "multi:softmax", "num_class": 3, "booster": "gblinear",
                        "updater": "coord_descent"}, 3),
}


def values_made():
    random = numpy.random.default_rng(7)
    return numpy.column_stack([
        random.integers(1, 30, ROWS), random.integers(40, 1500, ROWS), random.integers(0, 2, ROWS),
        random.integers(0, 200, ROWS)])


def rows_written(path, values):
    with open(path, "w") as out:
        out.write("flow_id,time,src_ip,src_port,dest_ip,dest_port,proto,vlan,packets," + ",".join(NAMES) + "\n")
        for i, row in enumerate(values):
            out.write(f"{i + 1},{1700000000 + i}.000000,192.0.2.7,40000,198.51.100.1,80,6,0,4,"
                      f"{','.join(map(str, row))}\n")


def matrix_made(name, values):
    """What to learn from: two classes, or three; for "gaps" with missing values, in one column they alone tell."""
    attack = (values[:, 3] > 150) & (values[:, 2] == 0)
    label = attack.astype(int)
    if name.endswith("classes"):
        label[(values[:, 0] < 10) & ~attack] = 2
    lessons = values.astype(numpy.float32)
    if name == "gaps":
        lessons[::3, 3] = numpy.nan
        lessons[:, 1] = numpy.where(values[:, 1] > 700, 0, numpy.nan)
        label |= values[:, 1] > 1300
    return xgboost.DMatrix(lessons, label, feature_names=NAMES)


def margins_written(path, margins):
    classes = margins.shape[1]
    with open(path, "w") as out:
        out.write(",".join(f"margin_{c}" for c in range(classes)) if classes > 1 else "margin")
        out.write("\n" + "".join(",".join(f"{m:.9g}" for m in row) + "\n" for row in margins))


def main():
    values = values_made()
    folder = f"{sys.argv[1]}/{xgboost.__version__}"
    os.makedirs(folder, exist_ok=True)
    rows_written(f"{sys.argv[1]}/rows.csv", values)
    plain = xgboost.DMatrix(values.astype(numpy.float32), feature_names=NAMES)
    for name, (parameters, rounds) in MODELS.items():
        shape = {} if "linear" in name else {"max_depth": 3, "min_child_weight": 0, "tree_method": "exact"}
        booster = xgboost.train({"nthread": 1, **shape, **parameters}, matrix_made(name, values), rounds)
        booster.save_model(f"{folder}/{name}.json")
        booster.save_model(f"{folder}/{name}.ubj")
        margins_written(f"{folder}/{name}.csv", booster.predict(plain, output_margin=True).reshape(ROWS, -1))


main()
