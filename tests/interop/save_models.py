# SPDX-License-Identifier: BSD-2-Clause
"""Trains small models with whatever xgboost is installed and saves them with the margins that it predicts itself.

save_models.py FOLDER FEATURE...  ->  FOLDER/NAME.{json,ubj,csv}, rows.csv, and a line "NAME DROP_AT" for each model
"""
import sys
import numpy
import xgboost

ROWS = 3000


def rows_made(count, columns):
    """Integers of very different ranges, as the features have."""
    random = numpy.random.default_rng(20)
    spread = 2.0 ** random.integers(1, 25, columns)
    values = numpy.minimum(random.exponential(spread / 4, (count, columns)), 2**24 - 1).astype(numpy.uint32)
    values[random.random((count, columns)) < 0.2] = 0
    return values


def rows_written(path, names, values):
    with open(path, "w") as out:
        out.write("flow_id,time,src_ip,src_port,dest_ip,dest_port,proto,vlan,packets," + ",".join(names) + "\n")
        for i, row in enumerate(values):
            out.write(f"{i},{1700000000 + i}.000000,192.0.2.1,1024,198.51.100.1,80,6,0,4,")
            out.write(",".join(map(str, row)) + "\n")


def labels_made(values, share):
    """The given share of the rows, told apart by a few columns and some noise."""
    random = numpy.random.default_rng(21)
    rank = values.argsort(0).argsort(0) / len(values)
    worth = rank[:, 0] + 0.7 * rank[:, 3] * rank[:, 5] - 0.5 * rank[:, 7] + 0.1 * random.random(len(values))
    return (worth > numpy.quantile(worth, 1 - share)).astype(int)


# name: share of malicious rows, parameters, rounds
MODELS = {
    "balanced": (0.5, {"max_depth": 6}, 40),
    # far from one half: whoever loses the base_score is off by several units; xgboost >= 2 estimates it when not told
    "imbalanced": (0.02, {"max_depth": 4}, 20),
    "base": (0.5, {"max_depth": 3, "base_score": 0.003}, 10),
    "base_high": (0.9, {"max_depth": 3, "base_score": 0.9995, "min_child_weight": 0}, 10),
    "deepest": (0.3, {"max_depth": 8, "min_child_weight": 0, "tree_method": "exact"}, 30),
    "most_trees": (0.4, {"max_depth": 2, "eta": 0.05}, 512),
    "leafwise": (0.3, {"max_depth": 8, "grow_policy": "lossguide", "max_leaves": 20, "tree_method": "hist"}, 30),
    "forest": (0.3, {"max_depth": 5, "num_parallel_tree": 8, "subsample": 0.7, "seed": 1}, 5),
    "pruned": (0.2, {"max_depth": 6, "gamma": 2, "tree_method": "exact"}, 20),
    "logitraw": (0.1, {"objective": "binary:logitraw", "max_depth": 4}, 20),
    "reg_logistic": (0.1, {"objective": "reg:logistic", "max_depth": 4, "base_score": 0.2}, 20),
}


def main():
    folder, names = sys.argv[1], sys.argv[2:]
    values = rows_made(ROWS, len(names))
    rows_written(f"{folder}/rows.csv", names, values)
    for name, (share, parameters, rounds) in MODELS.items():
        matrix = xgboost.DMatrix(values.astype(numpy.float32), labels_made(values, share), feature_names=names)
        settings = {"objective": "binary:logistic", "nthread": 2, **parameters}
        booster = xgboost.train(settings, matrix, rounds)
        margins = booster.predict(matrix, output_margin=True)
        booster.save_model(f"{folder}/{name}.json")
        booster.save_model(f"{folder}/{name}.ubj")
        with open(f"{folder}/{name}.csv", "w") as out:
            out.write("margin\n" + "".join(f"{m:.9g}\n" for m in margins))
        print(name, f"{numpy.quantile(margins, 1 - share):.6g}")


main()
