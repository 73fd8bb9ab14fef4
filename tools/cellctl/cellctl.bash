# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of cellctl's command line for bash.

# Names of the cells, one per line
_cellctl_cells() {
	local json
	json=$(cellctl list --json 2>/dev/null) || return
	sed -n 's/^ *"name": "\([A-Za-z0-9._-]*\)",\{0,1\}$/\1/p' <<<"$json"
}

_cellctl_files() {
	local suffix=$1
	compopt -o filenames 2>/dev/null
	if [[ -n $suffix ]]; then
		mapfile -t COMPREPLY < <(compgen -f -X "!*$suffix" -- "$cur"; compgen -d -- "$cur")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

_cellctl_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_cellctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local commands="enable disable status create load linux start shutdown destroy list show stats console translate tables audit"
	local command="" options="" words=0 i

	COMPREPLY=()
	# The command, and how many of its words are complete
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		# Options with a value; bash takes '=' for a word.
		-a | -t | --address | --cpu | --device | --timeout | --initrd | --append | --dtb | --write-dtb)
			[[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
			((i++))
			;;
		-*) ;;
		*)
			if [[ -z $command ]]; then
				command=${COMP_WORDS[i]}
			else
				((words++))
			fi
			;;
		esac
	done

	case $command in
	"") options="--device= --json --help --version" ;;
	enable | disable | start) options="--help" ;;
	status | create | list | show | tables | audit) options="--json --help" ;;
	translate) options="--gva --json --help" ;;
	load) options="--address= --help" ;;
	linux) options="--initrd= --append= --dtb= --write-dtb= --json --help" ;;
	shutdown) options="--timeout= --force --help" ;;
	destroy) options="--force --help" ;;
	stats) options="--cpu= --json --help" ;;
	console) options="--follow --interactive --hypervisor --raw --json --help" ;;
	*) return ;;
	esac

	if [[ $cur == = ]]; then
		previous+="="
		cur=""
	elif [[ $previous == = ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	case ${previous%=} in
	--device | --initrd | --write-dtb)
		_cellctl_files ""
		return
		;;
	--dtb)
		_cellctl_files .dtb
		return
		;;
	--append | -a | --address | -t | --timeout | --cpu)
		return
		;;
	esac
	if [[ $cur == -* ]]; then
		_cellctl_words "$options"
		[[ ${COMPREPLY[*]} == *= ]] && compopt -o nospace 2>/dev/null
		return
	fi

	case $command in
	"") _cellctl_words "$commands" ;;
	enable | create) _cellctl_files .cell ;;
	linux)
		if ((words)); then
			_cellctl_files ""
		else
			_cellctl_files .cell
		fi
		;;
	load)
		if ((words)); then
			_cellctl_files ""
		else
			_cellctl_words "$(_cellctl_cells)"
		fi
		;;
	translate)
		[[ $words -gt 0 || " ${COMP_WORDS[*]} " == *" --gva "* ]] ||
			_cellctl_words "$(_cellctl_cells)"
		;;
	start | shutdown | destroy | show | stats | console | tables)
		((words)) || _cellctl_words "$(_cellctl_cells)"
		;;
	esac
}

complete -F _cellctl cellctl
