#!/bin/sh
# Runs Nevil with this project: ./nevil start, ./nevil status, ./nevil help
launcher=@LAUNCHER@
script=$(readlink -f -- "$0")
if [ ! -x "$launcher" ]; then
    gone=$launcher
    launcher=$(command -v nevil)
    if [ -z "$launcher" ] || [ "$(readlink -f -- "$launcher")" = "$script" ]; then
        echo "nevil: $gone is not there any more; write Nevil's path into launcher= of $script" >&2
        exit 127
    fi
fi
NEVIL_PROJECT=$(dirname -- "$script")
export NEVIL_PROJECT
exec "$launcher" "$@"
