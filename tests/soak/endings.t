#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# endings.t with all pairs of an ending and an action, each beside stock xl and a guest without
# vNVDIMM.
ENDINGS=all exec "$(dirname "$(readlink -f "$0")")/../system/endings.t"
