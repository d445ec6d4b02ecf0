# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash disable=SC2016,SC2154
# What --help, the man pages and the documents say of commands and options is the same, and what they name is there.

programs=(hedgerow hedgerow-train hedgerow-export)
commands() { "$hedgerow" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'; }
options() { grep -oE -- '--[a-z][a-z0-9-]*[a-z0-9]' | sort -u; }

# All help texts of a program, or of one of its commands.
help_of() { # program [command]
	local command
	"$LAB_BUILD/$1" ${2+"$2"} --help
	[[ $1 != hedgerow || ${2-} ]] || for command in $(commands); do "$hedgerow" "$command" --help; done
	[[ $1 != hedgerow-export ]] || "$LAB_BUILD/$1" show --help
}

# As it is read: without fonts, escapes and the spaces that they need. KIND stands for what --help lists one by one.
man_of() {
	local kind
	sed 's/\\-/-/g; s/\\f[A-Z]//g; s/["\\]//g; s/  */ /g; s/ ,/,/g' "$repository/docs/man/$1.1" | while IFS= read -r line; do
		[[ $line == *--timeout-*KIND* ]] && for kind in tcp tcp-opening tcp-closed udp icmp other; do echo "--timeout-$kind"; done
		printf '%s\n' "$line"
	done
}

t_every_option_is_in_the_man_page_of_its_program() {
	local program letter
	(($(commands | wc -l) > 10))
	for program in "${programs[@]}"; do
		help_of "$program" | grep -oE -- '-[a-z], --[a-z-]+' | sort -u >letters
		while read -r letter; do
			man_of "$program" | grep -F -e "$letter" >/dev/null || { echo "$program: $letter is not in its page" && return 1; }
		done <letters
		help_of "$program" | options >"$program.help"
		man_of "$program" | options >"$program.man"
		(($(wc -l <"$program.help") > 5))
		same "$program: $(comm -23 "$program.help" "$program.man" | xargs)" "$program: "
	done
}

# A page may name options of the other programs.
t_every_option_that_a_man_page_names_is_there() {
	local program
	for program in "${programs[@]}"; do help_of "$program"; done | options >there
	for program in "${programs[@]}"; do
		man_of "$program" | sed 's/--timeout-[ -]*KIND//' | options | comm -13 there - >gone
		same "$program: $(xargs <gone)" "$program: "
	done
}

t_every_command_has_its_paragraph_and_every_paragraph_its_command() {
	man_of hedgerow | sed -n '/^\.SH COMMANDS/,/^\.SH OPTIONS/p' | grep -A 1 '^\.TP' |
		sed -nE 's/^\.(B|BI|BR) ([a-z]+)( +and +([a-z]+))?.*/\2 \4/p' | xargs -n 1 | sort -u >told
	same "$(commands | sort | xargs)" "$(xargs <told)"
}

# `hedgerow run --keep`, as documents and units write it, with as much of the line as is its own.
t_options_that_the_documents_give_a_command_are_there() {
	local program command rest option count=0
	{
		grep -rhoE 'hedgerow(-train|-export)?( [^`#|;>]*)' "$repository"/README.md "$repository"/docs/*.md "$repository"/deploy/systemd
		for program in "${programs[@]}"; do man_of "$program"; done | grep -hoE '^hedgerow(-train|-export)? [^|;&>]*'
	} | grep -- ' --' | sort -u >lines
	while read -r program command rest; do
		[[ $program == hedgerow && $command == [a-z]* ]] || { rest="$command $rest" && command=; }
		help_of "$program" ${command:+"$command"} | options >there
		for option in $(options <<<"$rest"); do
			((++count))
			grep -qxe "$option" there || [[ $option == --help || $option == --version ]] || {
				echo "$program $command: $option is not there, but is written: $rest"
				return 1
			}
		done
	done < <(sed 's/ COMMAND / run /' lines)
	((count > 50))
}

# The anchors that a page has: its headings in small letters, with dashes for spaces and without the marks.
anchors() { sed -n 's/^##* //p' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9 _-]//g; s/ /-/g'; }

t_links_and_paths_in_the_documents_lead_somewhere() {
	local page target anchor path count=0
	cd "$repository" || return
	while IFS=: read -r page target; do
		path=${target%%#*} anchor=${target#"$path"}
		path=$(dirname "$page")/$path
		[[ $target != \#* ]] || path=$page
		((++count))
		[[ -e $path ]] || { echo "$page: link to $target: no such file" && return 1; }
		[[ ! $anchor ]] || anchors "$path" | grep -qxF "${anchor#\#}" || { echo "$page: link to $target: no such heading" && return 1; }
	done < <(grep -oE '\]\([^): ]+\)' README.md docs/*.md deploy/*/*.md | sed 's/\](//; s/)$//')
	((count > 50))
	for path in $(grep -ohE '`(userspace|bpf|scripts|tests|docs|trainer|model_export|deploy)/[A-Za-z0-9_./-]+`' README.md docs/*.md deploy/*/*.md | tr -d '`' | sort -u); do
		compgen -G "$path*" >/dev/null || { echo "$path: named in the documents, no such file" && return 1; }
	done
}
