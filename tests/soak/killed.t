#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# killed.t with every call to the system.
KILLED=all exec "$(dirname "$(readlink -f "$0")")/../system/killed.t"
