/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures that say how well scores tell two classes apart. */
#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>
#include <stddef.h>

struct scored {
	double margin; /* the model's log odds of malicious */
	bool malicious;
};

struct confusion {
	size_t true_positive, false_positive, true_negative, false_negative;
};

/* NAN where there is nothing to divide by. */
struct rates {
	double accuracy, precision, recall, f1, fpr;
};

/* By margin, lowest first. What follows wants it so. */
void scored_sort(struct scored *s, size_t count);

/* The area under the ROC curve, ties count half; NAN with one class only. `s` is sorted. */
double auc_from_scored(const struct scored *s, size_t count);

/* A margin condemns from the threshold on. */
struct confusion confusion_at(const struct scored *s, size_t count, double threshold);
struct rates rates_from_confusion(const struct confusion *c);

/*
 * The lowest threshold at which at most `fpr` of the benign are condemned, and from there half the way to the next
 * malicious margin above: an honest flow a little unlike those seen here is still on its own side. `s` is sorted and
 * has a benign one.
 */
double threshold_for_fpr(const struct scored *s, size_t count, double fpr);

double probability_from_margin(double margin);

#endif
