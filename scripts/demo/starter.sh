# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# The starter model's traffic, inside a lab: scripts/starter-model.sh runs it there. Every training plan in two networks.
# Argument: where to leave everything.
OUT=$1
DEMO_BEGAN=$SECONDS
DEMO_HOME=$LAB_HOME/../demo

for part in stacks servers ordinary ordinary_udp attacks crafted traffic; do . "$LAB_HOME/$part.sh"; done
for part in plans phases train; do . "$DEMO_HOME/$part.sh"; done

demo_progress() { printf '[%3d s] %s\n' $((SECONDS - DEMO_BEGAN)) "$*"; }

train_phase answered_1 51 "training traffic, answered" plan_training_answered
train_phase unanswered_1 52 "training traffic, attacks unanswered" plan_training_unanswered
train_phase answered_2 53 "training traffic, answered, again" plan_training_answered
train_phase unanswered_2 54 "training traffic, attacks unanswered, again" plan_training_unanswered
train_phase quiet_1 55 "training traffic, no attacks" plan_training_quiet
train_phase quiet_2 56 "training traffic, no attacks, again" plan_training_quiet
demo_progress "training on the rows of all six"
TRAIN_QUIET_FILES=14 # trainer and exporter take 32 files at most
train_model answered_1 unanswered_1 answered_2 unanswered_2 quiet_1 quiet_2
