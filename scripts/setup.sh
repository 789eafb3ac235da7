# Makes ready what scripts/nevil needs: ROS 2 where there is none, the workspace, the test tools.
# Sourced by scripts/nevil, which sets workspace, state, ros, active, inside, key and signature.
# shellcheck shell=bash

say() { printf 'nevil: %s\n' "$*" >&2; }

die() {
    say "$1"
    shift
    [[ $# -eq 0 ]] || printf '       %s\n' "$@" >&2
    exit 1
}

# Show how far something is: on a terminal in one line, otherwise every 25th time.
progress() {
    if [[ -t 2 ]]; then
        printf '\r\033[K       %s' "$2" >&2
    elif (( $1 % 25 == 0 )); then
        printf '       %s\n' "$2" >&2
    fi
}

progress_end() { [[ ! -t 2 ]] || printf '\r\033[K' >&2; }

# One setup at a time in a workspace. The lock ends with this shell and what it has started.
lock_workspace() {
    mkdir -p -- "$state" 2>/dev/null && [[ -w $state ]] \
        || die "cannot write $state" 'Clone Nevil into a folder of your own, or make this one yours.'
    exec {lock}>"$state/lock"
    if ! flock -n "$lock"; then
        say 'another nevil is setting this workspace up; waiting for it'
        flock "$lock"
    fi
    if [[ ! -w ${HOME:-/nonexistent} ]]; then
        export PIP_CACHE_DIR=$state/pip-cache COLCON_HOME=$state/colcon
    fi
    trap 'progress_end; say "interrupted: the next call goes on from here"; exit 130' INT
}

unlock_workspace() {
    trap - INT
    exec {lock}>&-
}

# CMake, rosidl and make do not take every character in a path.
check_path() {
    local LC_ALL=C
    [[ ! $workspace =~ [^A-Za-z0-9\ _.+/-] ]] || die "Nevil cannot be built in $workspace" \
        'Move it to a path of ASCII letters, digits, spaces, +, -, . and _.'
}

# What tells of Nevil itself needs neither ROS 2 nor a build, where there is a Python for it.
tell_without_build() {
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$(printf '%s:' "$workspace"/src/nevil_{bringup,health,nodes,msgs}) \
        python3 -c "$without_folder" "$@" 2>/dev/null
}

make_ready() {
    check_path
    lock_workspace
    read_key
    is_ready || prepare OFF
    unlock_workspace
}

# Make the ROS 2 and build the workspace in it, with its tests (ON) or not (OFF).
prepare() {
    if [[ $ros == embedded ]]; then
        source "$workspace/scripts/embedded.sh"
        make_embedded_ros
    else
        use_installed_ros
    fi
    source "$state/interpreter.sh"
    [[ $active ]] || source "$state/ros.sh"
    active=yes
    build_workspace "$1"
}

# Write what sourcing a setup file adds to an empty environment, as lines that add it to any.
# (colcon's setup files do not quote their Python, so it must have no space in its path.)
additions_of() {
    # shellcheck disable=SC2016  # expanded by the inner shell
    env -i PATH="$PATH" HOME="${HOME-}" COLCON_PYTHON_EXECUTABLE="$(realpath "$(command -v python3)")" \
            bash --norc --noprofile -c '
        before=$PATH
        source "$1" >&2
        [[ ${AMENT_PREFIX_PATH-} ]] || exit 1
        PATH=${PATH%"$before"}
        for name in AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH LD_LIBRARY_PATH PATH \
                PKG_CONFIG_PATH PYTHONPATH; do
            value=${!name-}
            value=${value%:}
            [[ -z $value ]] || printf "export %s=%q\"\${%s:+:\$%s}\"\n" "$name" "$value" "$name" "$name"
        done
        for name in "${!ROS_@}" "${!RMW_@}"; do
            printf "export %s=%q\n" "$name" "${!name}"
        done' bash "$1"
}

use_installed_ros() {
    local python package
    local -a missing=()
    say "using the ROS 2 in $ros"
    [[ -e $ros/share/rclpy/package.xml ]] \
        || die "$ros holds no ROS 2 with rclpy" 'Correct NEVIL_ROS, or unset it.'
    if [[ -e $ros/setup.bash ]]; then
        additions_of "$ros/setup.bash" >"$state/ros.sh" || die "$ros/setup.bash sets up no ROS 2"
    else
        printf '# %s has no setup.bash: it is used as sourced\n' "$ros" >"$state/ros.sh"
    fi
    local distro=${ros##*/}
    (
        # shellcheck source=/dev/null
        [[ $active ]] || source "$state/ros.sh"
        for python in ${NEVIL_PYTHON:+"$NEVIL_PYTHON"} python3 /usr/bin/python3; do
            "$python" -c 'import rclpy' 2>/dev/null || continue
            printf 'export NEVIL_INTERPRETER=%q\n' "$(command -v "$python")" >"$state/interpreter.sh"
            break
        done
        [[ $python != /usr/bin/python3 ]] || "$python" -c 'import rclpy' \
            || die "no Python here can import rclpy of $ros" 'Set NEVIL_PYTHON to the one that does.'
        "$python" -c 'import yaml' 2>/dev/null || missing+=(python3-yaml)
        "$python" -c 'import psutil' 2>/dev/null || missing+=(python3-psutil)
        command -v colcon >/dev/null || missing+=(python3-colcon-common-extensions)
        command -v cmake >/dev/null || missing+=(cmake)
        command -v g++ >/dev/null || missing+=(g++)
        for package in rosidl_default_generators diagnostic_msgs lifecycle_msgs; do
            [[ -e $ros/share/$package ]] || missing+=("ros-${ROS_DISTRO:-$distro}-${package//_/-}")
        done
        [[ ${#missing[@]} -eq 0 ]] || die 'some packages are missing. Install them:' \
            "$(as_root) apt-get install ${missing[*]}" \
            'or, for all that the workspace depends on:' \
            "rosdep install --from-paths $workspace/src --ignore-src -y"
    )
}

as_root() { [[ $EUID -eq 0 ]] || ! command -v sudo >/dev/null || printf 'sudo '; }

# Run colcon with everything it writes in the state folder, and without the user's own defaults.
run_colcon() (
    cd -- "$workspace" || exit
    COLCON_DEFAULTS_FILE=/dev/null exec colcon --log-base "$state/log" "$@"
)

build_workspace() {
    local log=$state/build.log built_for='' testing=$1 had_tests=''
    local -a skipped=()
    say 'building the workspace'
    IFS= read -rd '' built_for 2>/dev/null <"$state/built-for" || true
    if [[ $built_for != "$key"$'\n' ]]; then
        rm -rf -- "$state/build" "$state/install" "$state/ready"
        printf '%s\n' "$key" >"$state/built-for"
    fi
    # Once tests were built they stay, so that the two ways to call this do not undo each other.
    [[ ! -e $state/tested ]] || testing=ON had_tests=yes
    if [[ ( $testing != ON || $had_tests ) && $(messages_of "$(cat -- "$state/ready" 2>/dev/null)") == "$(messages_of "$signature")" ]]; then
        skipped=(--packages-skip nevil_msgs)
    fi
    [[ $testing != ON ]] || : >"$state/tested"
    : >"$log"
    if ! run_colcon build --base-paths "$workspace/src" --build-base "$state/build" \
            --install-base "$state/install" --merge-install --symlink-install "${skipped[@]}" \
            --cmake-args "-DBUILD_TESTING=$testing" "-DPython3_EXECUTABLE=$NEVIL_INTERPRETER" \
            2>&1 | show_build "$log"; then
        show_build_error "$log"
        exit 1
    fi
    {
        additions_of "$state/install/local_setup.bash" \
            || die "the workspace was built, but $state/install/local_setup.bash does not set it up"
        cat -- "$state/interpreter.sh"
        printf 'export NEVIL_ENVIRONMENT=%q\n' "$workspace:$ros"
    } >"$state/workspace.sh.new"
    mv -- "$state/workspace.sh.new" "$state/workspace.sh"
    printf '%s\n%s\n' "$key" "$signature" >"$state/ready.new"
    mv -- "$state/ready.new" "$state/ready"
}

# Print the lines of a signature that are about nevil_msgs. rosidl writes all files of a package
# anew whenever it is built, and the compiler follows: a minute, where nothing has changed.
messages_of() {
    grep '^nevil_msgs/' <<<"$1" | grep -v '\.rst ' || true
}

show_build() {
    local line
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$1"
        case $line in
            'Starting >>> '*) printf '       %s ...\n' "${line#*>>> }" >&2 ;;
            'Finished <<< '*) printf '       %s done\n' "${line#*<<< }" >&2 ;;
        esac
    done
}

show_build_error() {
    say "the build failed. The first error, from $1:"
    grep -m1 -A12 -iE '(^|[^a-z_])(fatal )?error( |:|\b.*:)|Traceback|CMake Error' -- "$1" >&2 \
        || tail -n 15 -- "$1" >&2
}

# Install the test tools: into the embedded ROS 2, or beside an installed one, which stays as it is.
make_test_tools() {
    local requirements=$workspace/scripts/test-requirements.txt
    local target=$state/test-tools stamp=$state/test-tools.txt
    [[ $ros != embedded ]] || stamp=$state/venv/test-tools.txt
    if ! cmp -s -- "$requirements" "$stamp"; then
        say 'installing the test tools'
        source "$workspace/scripts/embedded.sh"
        if [[ $ros == embedded ]]; then
            run_pip "$NEVIL_INTERPRETER" -r "$requirements"
        else
            "$NEVIL_INTERPRETER" -m pip --version >/dev/null 2>&1 \
                || die 'the tests need pip. Install it:' "$(as_root)apt-get install python3-pip"
            rm -rf -- "$target"
            run_pip "$NEVIL_INTERPRETER" --target "$target" -r "$requirements"
        fi
        cp -- "$requirements" "$stamp"
    fi
    [[ $ros == embedded ]] || export PYTHONPATH=$target${PYTHONPATH:+:$PYTHONPATH} PATH=$target/bin:$PATH
}

# Libraries of the system that windows load, by Debian's names; PyQt5 of PyPI brings the others.
window_libraries=(libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libfreetype6 libx11-xcb1 libxext6
    libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0
    libxcb-xinerama0 libxcb-xkb1 libxkbcommon-x11-0)

# Install what LogScope's window needs into the embedded ROS 2; an installed one has it by rosdep.
make_window() {
    local requirements=$workspace/scripts/window-requirements.txt stamp=$state/venv/window.txt
    local installed=$state/venv/window-installed.txt  # the libraries of the system may come later
    [[ $ros == embedded ]] || return 0
    source "$workspace/scripts/embedded.sh"
    source "$state/interpreter.sh"
    if ! cmp -s -- "$requirements" "$stamp" && ! cmp -s -- "$requirements" "$installed"; then
        say 'installing PyQt5 for the window of LogScope (60 MB, once)'
        run_pip "$NEVIL_INTERPRETER" -r "$requirements"
        cp -- "$requirements" "$installed"
    fi
    if window_lacks_libraries && [[ ${1-} == testing && $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        say "installing libraries of the system for windows: ${window_libraries[*]}"
        { apt-get update && apt-get install -y --no-install-recommends "${window_libraries[@]}"; } \
            >"$state/apt.log" 2>&1 || say "that failed: $state/apt.log"
    fi
    if ! window_lacks_libraries; then
        cp -- "$requirements" "$stamp"
    elif [[ ${1-} == testing ]]; then
        say 'the tests of windows are skipped: libraries are missing. To install them:'
        printf '       %s\n' "$(how_to_install "${window_libraries[@]}")" >&2
    else
        die 'the window of LogScope needs libraries of the system. Install them:' \
            "$(how_to_install "${window_libraries[@]}")"
    fi
}

# Install what the tests of logs over ssh need where nobody else uses the machine: elsewhere they are
# skipped, since a server that listens is for the machine's owner to install.
make_sshd() {
    [[ ${CI-} == true && $EUID -eq 0 && ! -x /usr/sbin/sshd ]] && command -v apt-get >/dev/null || return 0
    say 'installing openssh-server for the tests of logs over ssh'
    { apt-get update && apt-get install -y --no-install-recommends openssh-client openssh-server; } \
        >"$state/apt.log" 2>&1 || say "that failed: $state/apt.log"
}

window_lacks_libraries() {
    local platforms
    platforms=$(ldd "$state"/venv/lib/python3.*/site-packages/PyQt5/Qt5/plugins/platforms/libq{offscreen,xcb}.so 2>&1)
    [[ $platforms == *'not found'* ]]
}

# What to run before each commit, by package: all that is pure, and a handful of real processes
# (the spawner's). Large worlds (scale) and linters are left to the whole run.
quick_tests=(
    'nevil_msgs/test'
    'nevil_nodes/test/declarations' 'nevil_nodes/test/logs'
    'nevil_health/test/core' 'nevil_health/test/signals' 'nevil_health/test/alerts'
    'nevil_health/test/control'
    'nevil_logscope/test/search' 'nevil_logscope/test/store' 'nevil_logscope/test/sources/test_parser.py'
    'nevil_bringup/test/control' 'nevil_bringup/test/supervisor/test_supervisor.py'
    'nevil_bringup/test/supervisor/test_units.py' 'nevil_bringup/test/supervisor/test_hook.py'
    'nevil_bringup/test/spawner/test_spawner_answering.py'
    'nevil_bringup/test/spawner/test_spawner_protocol.py' 'nevil_bringup/test/spawner/test_spawner_orders.py'
)

# A file of tests stays in one process, since its tests may share what is dear to make.
side_by_side=(--numprocesses 2 --dist loadfile)

run_quick_tests() {
    local failed='' package one
    for package in nevil_msgs nevil_nodes nevil_health nevil_logscope nevil_bringup; do
        local -a chosen=()
        for one in "${quick_tests[@]}"; do
            [[ $one != "$package"/* ]] || chosen+=("src/$one")
        done
        "$NEVIL_INTERPRETER" -m pytest -q -p no:cacheprovider -m 'not linter' -k 'not scale' \
            "${side_by_side[@]}" "${chosen[@]}" --junit-xml="$state/build/$package/pytest.xml" || failed=yes
    done
    "$NEVIL_INTERPRETER" -m pytest -q -p no:cacheprovider "${side_by_side[@]}" tests/test_imports.py tests/test_documentation.py \
        --junit-xml="$state/build/tests/pytest.xml" || failed=yes
    "$NEVIL_INTERPRETER" scripts/sum_up_tests.py "$state/build" || failed=yes
    [[ ! $failed ]]
}

# Build with tests, run them all (or what the arguments for colcon test choose) and sum up;
# with --quick, run what is to pass before each commit; with --faults, --chaos, --up-and-down or
# --soak, that instead.
run_tests() {
    local failed=''
    check_path
    lock_workspace
    read_key
    if ! is_ready || [[ ! -e $state/tested ]]; then
        prepare ON
    fi
    enter
    make_test_tools
    make_window testing
    make_sshd
    unlock_workspace
    local tests=$workspace/src/nevil_bringup/test
    case ${1-} in
        --faults) exec "$NEVIL_INTERPRETER" "$tests/faults/matrix.py" "${@:2}" ;;
        --chaos) exec "$NEVIL_INTERPRETER" "$tests/chaos/chaos.py" "${@:2}" ;;
        --up-and-down | --soak) exec "$NEVIL_INTERPRETER" "$tests/chaos/endurance.py" "$@" ;;
    esac
    find "$state/build" \( -path '*/test_results/*' -o -name 'pytest.xml' \) -name '*.xml' -delete
    mkdir -p -- "$state/build/tests"
    cd -- "$workspace" || exit
    rm -rf -- "$state/ros-log"
    export MYPY_CACHE_DIR=$state/mypy-cache HYPOTHESIS_STORAGE_DIRECTORY=$state/hypothesis
    export ROS_LOG_DIR=$state/ros-log PYTHONDONTWRITEBYTECODE=1
    if [[ ${1-} == --quick ]]; then
        run_quick_tests
        return
    fi
    # One package after the other, two files of tests at a time: most of them wait for processes.
    run_colcon test --executor sequential --pytest-args "${side_by_side[@]}" \
        --base-paths src --build-base "$state/build" --install-base "$state/install" \
        --merge-install --return-code-on-test-failure --event-handlers console_direct+ "$@" || failed=yes
    if [[ $# -eq 0 ]]; then
        "$NEVIL_INTERPRETER" -m pytest -p no:cacheprovider "${side_by_side[@]}" tests \
            --junit-xml="$state/build/tests/pytest.xml" || failed=yes
    fi
    run_colcon test-result --test-result-base "$state/build" || failed=yes
    "$NEVIL_INTERPRETER" scripts/sum_up_tests.py "$state/build" || failed=yes
    [[ ! $failed ]]
}
