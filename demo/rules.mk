# SPDX-License-Identifier: GPL-2.0-only
# make demo: a guest's data on the NVDIMM outlive a power cut. demo.sh is the story.

.PHONY: demo
demo: deps
	@mkdir -p $(B)
	@$(MAKE) --no-print-directory -s bed $(B)/system/rawcmd >$(B)/demo.log 2>&1 || { cat $(B)/demo.log; exit 1; }
	@demo/demo.sh
