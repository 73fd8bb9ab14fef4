#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Type a line at the prompt of a Linux in a cell, and show what comes back, which
# ends with a line that has this word (a pattern of grep):
#	type-in CELL LINE WORD
start=$(echo "$2" | cut -c 1-30)
export start

# What is behind the last line that begins so: a prompt may precede it
answer() {
	cellctl console "$1" | awk '
		index($0, ENVIRON["start"]) { text = ""; next }
		{ text = text $0 "\n" }
		END { printf "%s", text }'
}

echo "$2" | cellctl console -i "$1" > /dev/null
until answer "$1" | grep -q "$3"; do
	usleep 50000
done
answer "$1"
