# SPDX-License-Identifier: BSD-2-Clause
"""Trains small models with whatever xgboost is installed and saves them with the margins that it predicts itself.

save_models.py FOLDER FEATURE...  ->  FOLDER/NAME.{json,ubj,csv}, rows.csv, and a line "NAME DROP_AT CLASSES" for each model,
CLASSES being what --classes wants, or a dash
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


def labels_made(values, share, classes):
    """The given share of the rows, told apart by a few columns and some noise; several classes share that share."""
    random = numpy.random.default_rng(21)
    rank = values.argsort(0).argsort(0) / len(values)
    worth = rank[:, 0] + 0.7 * rank[:, 3] * rank[:, 5] - 0.5 * rank[:, 7] + 0.1 * random.random(len(values))
    label = (worth > numpy.quantile(worth, 1 - share)).astype(int)
    if classes:
        label[label == 1] = 1 + (rank[label == 1, 9] * (classes - 1)).astype(int)
    return label


# name: share of malicious rows, parameters, rounds
MODELS = {
    "balanced": (0.5, {"max_depth": 6}, 40),
    # far from one half: whoever loses the base_score is off by several units; xgboost >= 2 estimates it when not told
    "imbalanced": (0.02, {"max_depth": 4}, 20),
    "base": (0.5, {"max_depth": 3, "base_score": 0.003}, 10),
    "base_high": (0.9, {"max_depth": 3, "base_score": 0.9995, "min_child_weight": 0}, 10),
    "deepest": (0.3, {"max_depth": 8, "min_child_weight": 0, "tree_method": "exact"}, 30),
    "most_trees": (0.4, {"max_depth": 2, "eta": 0.05}, 512),
    # more than the kernel walks: forests
    "too_deep": (0.3, {"max_depth": 12, "min_child_weight": 0, "tree_method": "exact"}, 20),
    "too_many": (0.4, {"max_depth": 2, "eta": 0.05}, 600),
    "leafwise": (0.3, {"max_depth": 8, "grow_policy": "lossguide", "max_leaves": 20, "tree_method": "hist"}, 30),
    "forest": (0.3, {"max_depth": 5, "num_parallel_tree": 8, "subsample": 0.7, "seed": 1}, 5),
    "pruned": (0.2, {"max_depth": 6, "gamma": 2, "tree_method": "exact"}, 20),
    "logitraw": (0.1, {"objective": "binary:logitraw", "max_depth": 4}, 20),
    "reg_logistic": (0.1, {"objective": "reg:logistic", "max_depth": 4, "base_score": 0.2}, 20),
    "hinge": (0.3, {"objective": "binary:hinge", "max_depth": 4}, 10),
    "hinge_base": (0.3, {"objective": "binary:hinge", "max_depth": 4, "base_score": -0.25}, 10),
    "single_tree": (0.3, {"max_depth": 6, "eta": 1}, 1),
    "random_forest": (0.3, {"max_depth": 6, "num_parallel_tree": 100, "subsample": 0.6, "colsample_bynode": 0.5,
                            "eta": 1, "seed": 2}, 1),
    "dart": (0.2, {"booster": "dart", "max_depth": 4, "rate_drop": 0.2, "seed": 3}, 40),
    "dart_forest": (0.2, {"booster": "dart", "max_depth": 3, "rate_drop": 0.3, "normalize_type": "forest",
                          "num_parallel_tree": 3, "subsample": 0.7, "base_score": 0.1, "seed": 4}, 20),
    "linear": (0.3, {"booster": "gblinear", "updater": "coord_descent", "eta": 0.3, "base_score": 0.2}, 20),
    "softprob": (0.4, {"objective": "multi:softprob", "num_class": 4, "max_depth": 4}, 20),
    "softmax": (0.1, {"objective": "multi:softmax", "num_class": 3, "max_depth": 3, "base_score": 0.7}, 20),
    "most_classes": (0.8, {"objective": "multi:softprob", "num_class": 16, "max_depth": 3}, 20),
    "forest_classes": (0.4, {"objective": "multi:softprob", "num_class": 3, "max_depth": 4, "num_parallel_tree": 4,
                             "subsample": 0.7, "seed": 5}, 8),
    "dart_classes": (0.4, {"objective": "multi:softprob", "num_class": 3, "booster": "dart", "max_depth": 3,
                           "rate_drop": 0.2, "seed": 6}, 12),
    "linear_classes": (0.4, {"objective": "multi:softprob", "num_class": 3, "booster": "gblinear",
                             "updater": "coord_descent"}, 12),
    # gaps in the training data: splits that send missing values the other way, some of them missing values alone
    "gaps": (0.3, {"max_depth": 5, "gap": 0.4}, 20),
}

ROLES = ["pass", "drop", "log"]


def classes_named(count):
    """A name and a role for each class, with every role among them."""
    if not count:
        return "-"
    return ",".join(f"kind{i}={ROLES[i % 3] if i else 'pass'}" for i in range(count))


def lead_of(margins):
    """By how much the strongest class that may not pass leads those that may, under classes_named()."""
    passes = numpy.arange(margins.shape[1]) % 3 == 0
    return margins[:, ~passes].max(1) - margins[:, passes].max(1)


def gaps_made(values, labels, share):
    """Some values missing; in one column all that is not missing is alike, and what is missing tells the label."""
    random = numpy.random.default_rng(22)
    gapped = values.astype(numpy.float32)
    gapped[random.random(values.shape) < share] = numpy.nan
    gapped[:, 2] = numpy.where((labels == 1) & (random.random(len(labels)) < 0.5), numpy.nan, 7)
    return gapped


def main():
    folder, names = sys.argv[1], sys.argv[2:]
    values = rows_made(ROWS, len(names))
    rows_written(f"{folder}/rows.csv", names, values)
    for name, (share, parameters, rounds) in MODELS.items():
        classes, gap = parameters.get("num_class", 0), parameters.pop("gap", 0)
        labels = labels_made(values, share, classes)
        matrix = xgboost.DMatrix(values.astype(numpy.float32), labels, feature_names=names)
        lessons = xgboost.DMatrix(gaps_made(values, labels, gap), labels, feature_names=names) if gap else matrix
        settings = {"objective": "binary:logistic", "nthread": 2, **parameters}
        booster = xgboost.train(settings, lessons, rounds)
        margins = booster.predict(matrix, output_margin=True).reshape(len(values), -1)
        booster.save_model(f"{folder}/{name}.json")
        booster.save_model(f"{folder}/{name}.ubj")
        with open(f"{folder}/{name}.csv", "w") as out:
            out.write(",".join(f"margin_{c}" for c in range(classes)) if classes else "margin")
            out.write("\n" + "".join(",".join(f"{m:.9g}" for m in row) + "\n" for row in margins))
        decisive = lead_of(margins) if classes else margins
        print(name, f"{numpy.quantile(decisive, 1 - share):.6g}", classes_named(classes))


main()
