# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Completion for scratchproof-cli(1).

# The names of scratch directories, as the registry knows them; touches no folder.
_scratchproof_cli_directories() {
    "$1" scratch list --json 2>/dev/null | sed -n 's/^ *"name": "\(.*\)",\{0,1\}$/\1/p'
}

# Ids of causes; errnos are completed from the same list.
_scratchproof_cli_causes() {
    "$1" explain --json 2>/dev/null | sed -n 's/^      "id": "\([a-z0-9-]*\)",\{0,1\}$/\1/p; s/^        "\(E[A-Z0-9]*\)",\{0,1\}$/\1/p' | sort -u
}

_scratchproof_cli() {
    local program=$1 current=$2 previous=$3 command='' words='' word index folders=
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        case $word in
            -*) ;;
            *)
                if [ -z "$command" ]; then command=$word; elif [ "$command" = scratch ]; then command="scratch $word"; fi
                ;;
        esac
    done

    case "$command $previous" in
        *' --level') words='quick standard full' ;;
        *' --as') mapfile -t COMPREPLY < <(compgen -u -- "$current"); return ;;
        *' --lifetime') words='12h 1d 7d 30d never' ;;
        *' --timeout') words='2 10 30 1m' ;;
        *' --from-file') mapfile -t COMPREPLY < <(compgen -f -- "$current"); compopt -o filenames 2>/dev/null; return ;;
        *' --in') mapfile -t COMPREPLY < <(compgen -d -- "$current"); compopt -o filenames 2>/dev/null; return ;;
        *' --min-free') words='1G 5G 20G 100G' ;;
        *' --note' | *' --name') return ;;
        *)
            case $command in
                '') words='check rights explain volumes scratch --help --version' ;;
                check) words='--level --timeout --as --from-file --json --ndjson --help'; folders=yes ;;
                rights) # first the user, then folders
                    words='--json --help'
                    if [ "$previous" = rights ] && [[ $current != -* ]]; then
                        mapfile -t COMPREPLY < <(compgen -u -- "$current")
                        return
                    fi
                    folders=yes
                    ;;
                explain) words="--json --help $(_scratchproof_cli_causes "$program")" ;;
                volumes) words='--json --help' ;;
                scratch) words='create best run list show extend pin release restore clean forget find sweep log --help' ;;
                'scratch create') words='--in --lifetime --note --pin --empty --reuse --json --help' ;;
                'scratch best') words='--min-free --json --help' ;;
                'scratch run') words='--in --min-free --name --lifetime --empty --keep --help --' ;;
                'scratch list') words='--state --look --json --help' ;;
                'scratch show') words="--json --help $(_scratchproof_cli_directories "$program")" ;;
                'scratch extend') words="--lifetime --json --help $(_scratchproof_cli_directories "$program")" ;;
                'scratch pin') words="--off --json --help $(_scratchproof_cli_directories "$program")" ;;
                'scratch release') words="--in-use --json --help $(_scratchproof_cli_directories "$program")" ;;
                'scratch restore') words="--lifetime --json --help $(_scratchproof_cli_directories "$program")" ;;
                'scratch clean') words="--yes --in-use --dry-run --json --help $(_scratchproof_cli_directories "$program")" ;;
                'scratch find') words='--json --help' ;;
                'scratch sweep') words='--dry-run --json --help' ;;
                'scratch log') words='--most --json --help' ;;
                'scratch forget') words="--lost --elsewhere --dry-run --yes --help $(_scratchproof_cli_directories "$program")" ;;
            esac
            ;;
    esac
    if [ -n "$folders" ] && [[ $current != -* ]]; then
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        compopt -o filenames 2>/dev/null
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _scratchproof_cli scratchproof-cli
